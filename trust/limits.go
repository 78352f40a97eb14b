package trust

import "time"

// Limits of a bundle, checked before anything is allocated.
const (
	MaxBundle     = 64 << 20 // bytes of one file
	maxRoots      = 1024
	maxRoleKeys   = 16
	maxKeys       = 8192
	maxPartners   = 256
	maxLists      = 256
	maxListBytes  = 32 << 20
	maxRuns       = 32
	maxIndices    = 1 << 26 // revoked, over all lists of a bundle: 512 MiB once loaded; a list of runs packs eight of them into a byte
	maxTime       = 253402300799
	minWidth      = 20 // bits of a status list's index space (NIST SP 800-38G: at least a million values)
	maxWidth      = 48
	maxExposure   = 24 * time.Hour // hard age plus publication interval
	maxTextLength = 64
)

// Limits of a partner's entry.
const (
	maxPartnerIssuers = 32
	maxIssuerLength   = 128 // other formats name issuers by web address
	maxForeignKeyID   = 64
	minPartnerAge     = time.Minute          // times on a code are whole minutes
	maxUnknownAge     = 366 * 24 * time.Hour // what the longest-lived foreign passes get
	maxGates          = 16                   // sorts of gates in a partner's policy
	maxGateName       = 32                   // bytes
	maxTestAge        = 30 * 24 * time.Hour
)

// MaxVersion is the last version of a root, a key list or a snapshot: exact in every JSON reader.
const MaxVersion = 1 << 53
