package remote

import (
	"encoding/json"
	"io"
	"net"
	"testing"
	"testing/synctest"
)

// A bubble of synctest fails where a goroutine is left in it.
func TestAReplyThatNobodyAskedForHoldsNobodyWhenTheCommandHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, caller := net.Pipe()
		s := newSession(json.NewDecoder(service), service)
		go s.receive(func() {})
		if _, err := io.WriteString(caller, `{"Data":"QUFB"} {"Data":"QUFB"}`); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		close(s.over)
		_, _ = service.Close(), caller.Close()
	})
}
