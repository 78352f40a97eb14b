// Package datadir is the directory in which an issuing office keeps what it has: its store, its keys, the mark of its founding and the master key that seals
// them. It keeps others from the files and outputs away from them.
package datadir

// Files below the data directory. Directories are of mode 0700, files of mode 0600.
const (
	KeysDir       = "keys"
	AuthorityFile = "authority.sealed" // the offline roles of a demonstration, sealed under the master key
	RootFile      = "root.cose"        // the first root, signed: public
	FoundingFile  = "founding"         // there from the first step of a founding until its first publication
	StoreFile     = "store.db"
	MasterFile    = "master.key" // the master key, unless it is kept apart
)

// MaxKeyFile bounds each file in the directory of keys.
const MaxKeyFile = 1 << 20
