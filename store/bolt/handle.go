package bolt

import (
	"encoding/binary"
	"fmt"

	"healthcode.example/health"
	"healthcode.example/issuer"
	"healthcode.example/trust"
)

// counter reads the next handle to be given and the ceiling it may not reach.
func (t *txn) counter() (next, ceiling uint64, err error) {
	n, c := t.get(bucketMeta, metaNext), t.get(bucketMeta, metaCeiling)
	if len(n) != 8 || c != nil && len(c) != 8 {
		return 0, 0, fmt.Errorf("read the handle counter: %w", ErrDamaged)
	}
	if c != nil {
		ceiling = binary.BigEndian.Uint64(c)
	}
	return binary.BigEndian.Uint64(n), ceiling, nil
}

// roomFor says whether n handles can be given. Operations ask before their
// first write.
func (t *txn) roomFor(n int) error {
	next, ceiling, err := t.counter()
	if err != nil {
		return err
	}
	if n > 0 && (next > ceiling || ceiling-next < uint64(n)) {
		return issuer.ErrCeiling
	}
	return nil
}

// takeHandle gives the next handle, once and for all: the counter only rises.
func (t *txn) takeHandle() (uint64, error) {
	next, ceiling, err := t.counter()
	if err != nil {
		return 0, err
	}
	if next >= ceiling {
		return 0, issuer.ErrCeiling
	}
	return next, t.put(bucketMeta, metaNext, number(next+1))
}

func holdingKey(person health.PersonID, purpose trust.Purpose, device issuer.DeviceID) []byte {
	key := make([]byte, 0, 33)
	key = append(key, person[:]...)
	key = append(key, byte(purpose))
	return append(key, device[:]...)
}

// parseHolding reads a holding from its key and value.
func parseHolding(key, value []byte) (issuer.Holding, error) {
	if len(key) != 33 || len(value) != 16 {
		return issuer.Holding{}, fmt.Errorf("read a holding: %w", ErrDamaged)
	}
	return issuer.Holding{
		Person:  health.PersonID(key[:16]),
		Purpose: trust.Purpose(key[16]),
		Device:  issuer.DeviceID(key[17:]),
		Handle:  binary.BigEndian.Uint64(value[:8]),
		Since:   int64(binary.BigEndian.Uint64(value[8:])),
	}, nil
}

// holding returns one holding; the zero value when there is none.
func (t *txn) holding(person health.PersonID, purpose trust.Purpose, device issuer.DeviceID) (issuer.Holding, error) {
	key := holdingKey(person, purpose, device)
	value := t.get(bucketHoldings, key)
	if value == nil {
		return issuer.Holding{}, nil
	}
	return parseHolding(key, value)
}

// holdings returns all holdings of a person.
func (t *txn) holdings(person health.PersonID) ([]issuer.Holding, error) {
	var all []issuer.Holding
	err := t.scan(bucketHoldings, person[:], func(key, value []byte) error {
		h, err := parseHolding(key, value)
		all = append(all, h)
		return err
	})
	return all, err
}

// give makes the holding, or moves it to a fresh handle. The caller has
// revoked the former one.
func (t *txn) give(person health.PersonID, purpose trust.Purpose, device issuer.DeviceID, at int64) (issuer.Holding, error) {
	handle, err := t.takeHandle()
	if err != nil {
		return issuer.Holding{}, err
	}
	h := issuer.Holding{Person: person, Device: device, Purpose: purpose, Handle: handle, Since: at}
	if purpose == trust.Phone {
		if err := t.put(bucketDeviceHoldings, join(device[:], person[:]), mark); err != nil {
			return issuer.Holding{}, err
		}
	}
	return h, t.put(bucketHoldings, holdingKey(person, purpose, device), join(number(handle), number(uint64(at))))
}

// revoke adds the holding's handle to the revocations.
func (t *txn) revoke(h issuer.Holding, at int64) error {
	t.revoked++
	at = max(at, h.Since) // clocks go back; a handle does not end before it was given
	key := join([]byte{byte(h.Purpose)}, number(uint64(at)), number(h.Handle))
	return t.put(bucketRevocations, key, number(uint64(h.Since)))
}

// renew ends the holding's handle and gives it a fresh one.
func (t *txn) renew(h issuer.Holding, at int64) error {
	if err := t.revoke(h, at); err != nil {
		return err
	}
	_, err := t.give(h.Person, h.Purpose, h.Device, at)
	return err
}

// end ends the holding for good; of the zero holding it does nothing.
func (t *txn) end(h issuer.Holding, at int64) error {
	if h.Handle == 0 {
		return nil
	}
	if err := t.revoke(h, at); err != nil {
		return err
	}
	if h.Purpose == trust.Phone {
		if err := t.delete(bucketDeviceHoldings, join(h.Device[:], h.Person[:])); err != nil {
			return err
		}
	}
	return t.delete(bucketHoldings, holdingKey(h.Person, h.Purpose, h.Device))
}
