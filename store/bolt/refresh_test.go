package bolt_test

import (
	"errors"
	"testing"
	"time"

	"healthcode.example/issuer"
	"healthcode.example/wallet"
)

// oneFails issues for the guardian only, or for the dependants only.
type oneFails struct {
	wallet.Issuer
	guardian bool // it is the guardian who gets none
}

var errNoCode = errors.New("this one cannot be issued")

func (o oneFails) Issue(r issuer.Request, at time.Time) ([]byte, error) {
	if (r.Subjects[0].Relation == 0) == o.guardian {
		return nil, errNoCode
	}
	return o.Issuer.Issue(r, at)
}

func TestAMemberWithoutACodeLeavesTheOthersTheirs(t *testing.T) {
	for _, failed := range []string{"张三", "张小"} {
		w := newWorld(t)
		w.enrol(mother, child)
		w.wallet.Issuer = oneFails{Issuer: w.issuer, guardian: failed == "张三"}
		p := w.phone("张三")
		got, err := w.wallet.Refresh(ctx, wallet.RefreshRequest{Person: w.people["张三"], Device: p.id, Holder: newHolderKey(w)}, w.at)
		w.must(err)
		codes := got.Codes
		if len(codes) != 2 {
			t.Fatalf("%d codes", len(codes))
		}
		for _, c := range codes {
			if bad := c.Person.Name == failed; bad != errors.Is(c.Err, errNoCode) || bad != (c.Code == nil) {
				t.Errorf("%s fails: error %v, code of %d bytes", failed, c.Err, len(c.Code))
			}
		}
	}
}

func TestAFamilyWithoutAnyCodeIsAnError(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother)
	w.wallet.Issuer = oneFails{Issuer: w.issuer, guardian: true}
	p := w.phone("张三")
	got, err := w.wallet.Refresh(ctx, wallet.RefreshRequest{Person: w.people["张三"], Device: p.id, Holder: newHolderKey(w)}, w.at)
	if got.Codes != nil || !errors.Is(err, errNoCode) {
		t.Errorf("got %d codes, %v", len(got.Codes), err)
	}
}
