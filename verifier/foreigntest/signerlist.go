package foreigntest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"

	"healthcode.example/crypto/cose"
)

// DSC is the entry of a signer in a list of EU signers.
func DSC(country string, der []byte) map[string]any {
	kid := sha256.Sum256(der)
	return map[string]any{
		"certificateType": "DSC", "country": country, "kid": base64.StdEncoding.EncodeToString(kid[:8]), "rawData": base64.StdEncoding.EncodeToString(der),
	}
}

// SignerList writes the entries, whatever they are, as Germany publishes its list, under a key of the tests.
func SignerList(entries ...any) (list, listKey []byte, err error) {
	body, err := json.Marshal(map[string]any{"certificates": entries})
	if err != nil {
		return nil, nil, err
	}
	return SignList(body)
}

// SignList signs the second line of a list of EU signers. The key of the list is given as PEM.
func SignList(body []byte) (list, listKey []byte, err error) {
	key, err := Key(cose.ES256, "list of signers")
	if err != nil {
		return nil, nil, err
	}
	signature, err := key.Sign(body)
	if err != nil {
		return nil, nil, err
	}
	public, _ := key.Public().ECDSA()
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, nil, err
	}
	list = append([]byte(base64.StdEncoding.EncodeToString(signature)+"\n"), body...)
	return list, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}), nil
}
