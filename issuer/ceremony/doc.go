// Package ceremony is how people who each hold one key make a root or a key list together, on machines without a network.
//
// A Proposal is the file that goes from hand to hand: what is to be signed, what is in force now, and the signatures so far.
// Each signer reads Changes, compares the fingerprint by voice, signs, and hands it on; or everybody signs a copy, and Merge
// puts the copies together in any order. When enough have signed, Signed is the root or key list. A KeyFile is one person's
// key, locked by a passphrase. Bytes in, bytes out: files, terminals and clocks are the caller's.
package ceremony
