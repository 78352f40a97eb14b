package server_test

import (
	"strings"
	"testing"
	"time"
)

func TestWhyAProviderIsDownIsInTheLogWithoutAnybodysData(t *testing.T) {
	for path, broken := range map[string]int{"/token": 500, "/.well-known/openid-configuration": 503} {
		w := newWorld(t)
		b := w.browser()
		w.provider.Broken[path] = broken
		started, _ := b.open("GET", "/v1/login?state=mine&lang=en", "")
		if started.StatusCode == 303 {
			b.prove("/v1/login?state=mine&lang=en", resident(guardianNumber, "章守信", "face"))
		}
		log := w.log.String()
		i := strings.Index(log, `"msg":"identity provider down"`)
		if i < 0 {
			t.Fatalf("%s: the log says nothing of it: %s", path, log)
		}
		line, _, _ := strings.Cut(log[i:], "\n")
		for _, want := range []string{`"provider":"gov"`, `"cause":"`, `"request_id":"`} {
			if !strings.Contains(line, want) {
				t.Errorf("%s: %s lacks %s", path, line, want)
			}
		}
		for _, secret := range []string{"章守信", guardianNumber, "mine", "code=", "state="} {
			if strings.Contains(log, secret) {
				t.Errorf("%s: the log holds %s", path, secret)
			}
		}
		w.advance(time.Minute)
	}
}
