package credential

import (
	"healthcode.example/crypto/base45"
	"healthcode.example/crypto/cose"
)

// Prefix begins the text of every code and presentation. New meaning comes with a new prefix.
const Prefix = "YK1:"

// Text is what stands in the QR symbol, in its alphanumeric mode.
func Text(message []byte) string {
	return string(base45.AppendEncode(append(make([]byte, 0, len(Prefix)+len(message)*3/2+2), Prefix...), message))
}

// Sign writes the code as an untagged COSE_Sign1 with typ yk/code. It refuses claims that Parse would refuse.
func (c *Claims) Sign(s cose.Signer) ([]byte, error) {
	if err := c.validate(); err != nil {
		return nil, fault(FaultClaims, "sign code: %w", err)
	}
	return cose.SignSign1(TypeCode, c.append(make([]byte, 0, 256)), s, true)
}

func (c *Claims) append(dst []byte) []byte {
	n := 4
	if c.Holder != nil {
		n++
	}
	dst = cose.AppendText(cose.AppendInt(cose.AppendMap(dst, n), claimIssuer), c.Issuer)
	dst = cose.AppendInt(cose.AppendInt(dst, claimExpires), c.ExpiresAt)
	dst = cose.AppendInt(cose.AppendInt(dst, claimIssued), c.IssuedAt)
	if c.Holder != nil {
		dst = cose.AppendMap(cose.AppendInt(dst, claimConfirm), 1)
		dst = c.Holder.AppendCompressed(cose.AppendInt(dst, confirmKey))
	}
	dst = cose.AppendInt(dst, claimHealth)
	if c.Kind != Household {
		return c.Members[0].append(dst, c.Kind)
	}
	dst = cose.AppendInt(cose.AppendInt(cose.AppendMap(dst, 2), healthKind), int64(Household))
	dst = cose.AppendArray(cose.AppendInt(dst, healthMembers), len(c.Members))
	for i := range c.Members {
		dst = c.Members[i].append(dst, 0)
	}
	return dst
}

// append writes one member's map, with the kind in it unless it is zero.
func (m *Member) append(dst []byte, kind Kind) []byte {
	n := 3
	for _, has := range [...]bool{kind != 0, m.Relation != 0, m.Tested != 0, m.Hint != 0, m.Digest != nil, m.Guardian != ""} {
		if has {
			n++
		}
	}
	dst = cose.AppendInt(cose.AppendInt(cose.AppendMap(dst, n), healthColour), int64(m.Colour))
	dst = cose.AppendText(cose.AppendInt(dst, healthName), m.Name)
	if kind != 0 {
		dst = cose.AppendInt(cose.AppendInt(dst, healthKind), int64(kind))
	}
	if m.Relation != 0 {
		dst = cose.AppendInt(cose.AppendInt(dst, healthRelation), int64(m.Relation))
	}
	dst = cose.AppendArray(cose.AppendInt(dst, healthStatus), 2)
	dst = cose.AppendUint(cose.AppendUint(dst, uint64(m.Status.List)), m.Status.Index)
	if m.Tested != 0 {
		dst = cose.AppendInt(cose.AppendInt(dst, healthTested), m.Tested)
	}
	if m.Hint != 0 {
		dst = cose.AppendInt(cose.AppendInt(dst, healthHint), int64(m.Hint))
	}
	if m.Digest != nil {
		dst = cose.AppendBytes(cose.AppendInt(dst, healthDigest), m.Digest)
	}
	if m.Guardian != "" {
		dst = cose.AppendText(cose.AppendInt(dst, healthGuardian), m.Guardian)
	}
	return dst
}
