package bolt

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"
)

// schema is the version of the layout below. A change that an older program
// would misread raises it, and prepare brings older files up to it.
//
// 2: events, devices that have ended, sessions and agreements, and who consented to a guardianship.
const schema = 2

// The buckets. Keys are fixed-length parts one after another, numbers big
// endian, so that the order of the bytes is the order that the reads want.
var (
	bucketMeta           = []byte("meta")             // the names below -> 8-byte number
	bucketPeople         = []byte("people")           // person -> sealed record
	bucketLookups        = []byte("lookups")          // keyed hash of a document -> person
	bucketDevices        = []byte("devices")          // device -> deviceRecord
	bucketPersonDevices  = []byte("person_devices")   // person, device in use -> mark
	bucketGuardianships  = []byte("guardianships")    // guardian, member -> guardianshipRecord
	bucketMemberGuards   = []byte("member_guardians") // member, guardian not ended -> mark
	bucketHoldings       = []byte("holdings")         // person, purpose, device -> handle, since
	bucketDeviceHoldings = []byte("device_holdings")  // device, person -> mark
	bucketRevocations    = []byte("revocations")      // purpose, at, handle -> since
	bucketPrints         = []byte("prints")           // person -> printRecord
	bucketEvidence       = []byte("evidence")         // person, number -> evidenceRecord, in the order of recording
	bucketDecisions      = []byte("decisions")        // person -> decisionRecord in force
	bucketDecisionLog    = []byte("decision_log")     // person, number -> decisionRecord, never changed
	bucketFormerDevices  = []byte("former_devices")   // person, device that has ended -> mark
	bucketFormerGuards   = []byte("former_guardians") // member, guardian whose guardianship has ended -> mark
	bucketDeceased       = []byte("deceased")         // person -> since when
	bucketEvents         = []byte("events")           // person, number -> eventRecord, in the order of happening
	bucketLists          = []byte("lists")            // purpose, day -> listRecord
	bucketKeys           = []byte("keys")             // key ID -> keyRecord
	bucketSessions       = []byte("sessions")         // hash of a token -> sessionRecord
	bucketPersonSessions = []byte("person_sessions")  // person, hash -> mark
	bucketAgreements     = []byte("agreements")       // person -> acceptanceRecord, the last
	bucketBars           = []byte("bars")             // member, keyed hash of an erased guardian's document -> barRecord
	bucketMarks          = []byte("marks")            // keyed hash of the documents of an erased member and a revoked guardian -> markRecord
	bucketMarkGroups     = []byte("mark_groups")      // one of the marks that were made together, mark -> mark
	bucketOverrides      = []byte("overrides")        // number -> overrideRecord, in the order of happening
	bucketPublication    = []byte("publication")      // "record" -> publicationRecord, "bundle" -> the bundle
)

var buckets = [][]byte{
	bucketMeta, bucketPeople, bucketLookups, bucketDevices, bucketPersonDevices, bucketGuardianships, bucketMemberGuards,
	bucketHoldings, bucketDeviceHoldings, bucketRevocations, bucketPrints, bucketEvidence, bucketDecisions, bucketDecisionLog,
	bucketLists, bucketKeys, bucketPublication, bucketFormerDevices, bucketFormerGuards,
	bucketDeceased, bucketEvents, bucketSessions, bucketPersonSessions, bucketAgreements,
	bucketOverrides, bucketBars, bucketMarks, bucketMarkGroups,
}

var (
	metaSchema  = []byte("schema")
	metaNext    = []byte("next")    // the next handle to be given
	metaCeiling = []byte("ceiling") // no handle at or above it is given

	mark = []byte{1} // the value where the key says all
)

// prepare makes a new file's buckets, checks that the file is of a schema this
// program knows, and brings an older one up to it.
func prepare(db *bbolt.DB) error {
	return db.Update(func(tx *bbolt.Tx) error {
		t := &txn{Tx: tx}
		from := uint64(schema)
		if meta := tx.Bucket(bucketMeta); meta != nil {
			if err := checkSchema(meta.Get(metaSchema)); err != nil {
				return err
			}
			from = binary.BigEndian.Uint64(meta.Get(metaSchema))
		} else if k, _ := tx.Cursor().First(); k != nil {
			return fmt.Errorf("the file is a bbolt file of another program: choose another file")
		}
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		if from < 2 {
			if err := t.indexFormer(); err != nil {
				return err
			}
		}
		if err := t.put(bucketMeta, metaSchema, number(schema)); err != nil || t.has(bucketMeta, metaNext) {
			return err
		}
		return t.put(bucketMeta, metaNext, number(1))
	})
}

// indexFormer brings a file of schema 1 to 2, in which devices and guardians
// that have ended are found from their person.
func (t *txn) indexFormer() error {
	err := t.scan(bucketDevices, nil, func(id, value []byte) error {
		var r deviceRecord
		if err := decode(bucketDevices, value, &r); err != nil || r.Ended == 0 {
			return err
		}
		return t.put(bucketFormerDevices, join(r.Person[:], id), mark)
	})
	if err != nil {
		return err
	}
	return t.scan(bucketGuardianships, nil, func(key, value []byte) error {
		g, err := parseGuardianship(key, value)
		if err != nil || g.Ended == 0 {
			return err
		}
		return t.put(bucketFormerGuards, join(g.Member[:], g.Guardian[:]), mark)
	})
}

func checkSchema(value []byte) error {
	if len(value) != 8 {
		return fmt.Errorf("the file says no schema version: it is damaged or of another program: choose another file")
	}
	switch got := binary.BigEndian.Uint64(value); {
	case got > schema:
		return fmt.Errorf("the file is of schema version %d and this program knows %d: use the newer program", got, schema)
	case got < 1:
		return fmt.Errorf("the file says schema version %d, which never was: it is damaged: restore it from a backup", got)
	}
	return nil
}
