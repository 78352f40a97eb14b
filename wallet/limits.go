package wallet

// Limits of what one person can have. They bound what a single event must
// write (a change of colour renews every holding of the person) and what one
// refresh must sign.
const (
	MaxName        = 100 // characters of a name
	MaxDevices     = 8   // devices in use of one person
	MaxDependants  = 10  // guardianships in force of one guardian: the members of a family
	MaxGuardians   = 8   // guardianships in force over one member
	MaxDocuments   = 8   // documents of one person
	DefaultDevices = 3   // devices of one person unless the configuration says otherwise
	MaxSessions    = 16  // sessions of one person
	MaxVersion     = 32  // bytes of the version of an agreement or a consent
	MaxHistory     = 200 // entries of one kind that a history shows
)
