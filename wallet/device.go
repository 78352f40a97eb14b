package wallet

import (
	"fmt"

	"healthcode.example/health"
	"healthcode.example/issuer"
)

// DeviceMark is how histories name a device.
func DeviceMark(id issuer.DeviceID) string { return fmt.Sprintf("%x", id[:4]) }

// Device is a phone that may refresh the codes of its person and of the
// person's dependants. Its key authorises the refresh and appears in no code.
type Device struct {
	ID     issuer.DeviceID
	Person health.PersonID
	Key    []byte // COSE_Key of the device's P-256 public key
	Since  int64  // unix seconds of the registration
	Ended  int64  // unix seconds, 0 while in use

	// Session is the hash of the log-in that registers the device, zero for none.
	// It is BindDevice's to judge and is not kept.
	Session [32]byte
}
