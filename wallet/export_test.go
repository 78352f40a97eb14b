package wallet_test

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"healthcode.example/health"
	"healthcode.example/wallet"
)

func TestAnExportHoldsNothingOfTheOtherGuardiansTelephonesAndNoHandle(t *testing.T) {
	w := newFamily(t)
	mothers, fathers := w.phone(w.motherID), w.phone(w.fatherID)
	own := w.phone(w.childID)
	_, err := w.wallet.NewPrint(ctx, w.childID, w.childID, w.at)
	w.must(err)
	for by, name := range map[health.PersonID]string{w.motherID: "the mother", w.childID: "the child"} {
		e, err := w.wallet.Export(ctx, wallet.Acting{Person: by}, w.childID, w.at)
		w.must(err)
		b, err := json.Marshal(e)
		w.must(err)
		text := string(b)
		for whose, id := range map[string][16]byte{"the mother": mothers.ID, "the father": fathers.ID} {
			if strings.Contains(text, hex.EncodeToString(id[:])) {
				t.Errorf("the export for %s holds the telephone of %s", name, whose)
			}
		}
		if !strings.Contains(text, hex.EncodeToString(own.ID[:])) || len(e.Devices) != 1 || len(e.Holdings) != 2 || e.Paper == nil || len(e.Guardians) != 2 {
			t.Errorf("the export for %s lacks something of the child: %s", name, text)
		}
		d, err := w.store.Dossier(ctx, w.childID)
		w.must(err)
		if len(d.Holdings) != 4 {
			t.Fatalf("the store has %d holdings", len(d.Holdings))
		}
		if strings.Contains(text, "handle") {
			t.Errorf("the export for %s holds a handle, say %s: %s", name, strconv.FormatUint(d.Holdings[0].Handle, 10), text)
		}
	}
}
