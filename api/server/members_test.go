package server_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"healthcode.example/api/server"
)

func claimBody(way, number, consent string) string {
	return fmt.Sprintf(`{"way":%q,"document":{"type":"resident-id","number":%q},"relation":"child","consent":%q}`, way, number, consent)
}

func TestAClaimThatIsNotProvenTellsNothingAndTakesAsLong(t *testing.T) {
	const floor = 100 * time.Millisecond
	w := newWorldWith(t, func(c *server.Config) { c.ClaimFloor = floor })
	nobody := residentID("99000020190304999")
	var bodies []string
	for _, number := range []string{strangersChildNumber, nobody, strangerNumber} {
		began := time.Now()
		status, _, body := w.call("POST", "/v1/wallet/members", w.token, claimBody("household", number, "c1"))
		if took := time.Since(began); status != 403 || took < floor { // a whole multiple of it, on a machine that others use too
			t.Errorf("%d after %v", status, took)
		}
		bodies = append(bodies, string(body))
	}
	if bodies[0] != bodies[1] || bodies[1] != bodies[2] || !strings.Contains(bodies[0], "not_proven") {
		t.Errorf("the answers differ: %v", bodies)
	}
	for range 3 {
		w.call("POST", "/v1/wallet/members", w.token, claimBody("household", nobody, "c1"))
	}
	status, header, body := w.call("POST", "/v1/wallet/members", w.token, claimBody("household", babyNumber, "c1"))
	if status != 429 || header.Get("Retry-After") == "" {
		t.Errorf("after five failures: %d %s", status, body)
	}
}

func TestAMemberProvesThemselfAndAcceptsTheGuardian(t *testing.T) {
	w := newWorld(t)
	elder := residentID("99000019430303008")
	body := strings.Replace(claimBody("member_consent", elder, ""), `"child"`, `"parent"`, 1)
	ask := func() string {
		status, _, answer := w.call("POST", "/v1/wallet/members/check", w.token, body)
		var got struct{ URL string }
		if err := json.Unmarshal(answer, &got); err != nil || status != 201 {
			t.Fatalf("%d %s", status, answer)
		}
		return got.URL
	}
	members := func() int {
		_, _, answer := w.call("GET", "/v1/wallet/family", w.token, "")
		return strings.Count(string(answer), `"member"`)
	}
	// Somebody else opens the address: nothing.
	b := w.browser()
	b.prove(ask(), resident(strangerNumber, "路不识", "face"))
	if answer, page := b.open("POST", "/v1/login/agreement", "accept=guardian"); answer.StatusCode != 403 || !strings.Contains(page, "监护关系未能证明") {
		t.Errorf("%d %s", answer.StatusCode, page)
	}
	// The elder declines: nothing.
	at := ask()
	b.prove(at, resident(elder, "章老人", "face"))
	if answer, _ := b.open("POST", "/v1/login/agreement", "accept="); answer.StatusCode != 403 || members() != 2 {
		t.Errorf("%d, %d members", answer.StatusCode, members())
	}
	if answer, _ := b.open("GET", at, ""); answer.StatusCode != 400 {
		t.Errorf("the address again: %d", answer.StatusCode)
	}
	// The elder reads who asks, and accepts.
	b.prove(ask(), resident(elder, "章老人", "face"))
	if _, page := b.open("GET", "/v1/login/agreement", ""); !strings.Contains(page, "章**") || strings.Contains(page, "章守信") {
		t.Errorf("the page is %s", page)
	}
	if answer, _ := b.open("POST", "/v1/login/agreement", "accept=guardian"); answer.StatusCode != 200 || members() != 3 || len(b.cookies) != 0 {
		t.Errorf("%d, %d members, cookies %v", answer.StatusCode, members(), b.cookies)
	}
}

// TestAMembersOwnCheckSaysWhyAMethodWasRefused, spends nothing and counts against nobody.
func TestAMembersOwnCheckSaysWhyAMethodWasRefused(t *testing.T) {
	w := newWorld(t)
	elder := residentID("99000019430303008")
	for _, c := range []struct {
		body, number, name string
		weak               []string
		say                []string
	}{
		{
			strings.Replace(claimBody("member_consent", elder, ""), `"child"`, `"parent"`, 1), elder, "章老人", []string{"pwd"},
			[]string{"login_method", "此证件需要其他核验方式", "resident-id needs face or payment_password+own_account", "需要：人脸识别，或支付密码＋本人账户", "需要：人臉識別，或支付密碼＋本人賬戶"},
		},
		{
			claimBody("face", babyNumber, "c1"), babyNumber, "章小红", []string{"payment_password", "own_account"},
			[]string{"login_method", "resident-id needs face:", "需要：人脸识别。", "需要：人臉識別。"},
		},
	} {
		_, _, answer := w.call("POST", "/v1/wallet/members/check", w.token, c.body)
		var got struct{ URL string }
		w.must(json.Unmarshal(answer, &got))
		b := w.browser()
		for range 6 { // more than may fail in an hour
			answer, page := b.prove(got.URL+"&lang=zh-Hant", resident(c.number, c.name, c.weak...))
			if answer.StatusCode != 403 || len(b.cookies) != 0 {
				t.Fatalf("%d, cookies %v", answer.StatusCode, b.cookies)
			}
			for _, text := range append(c.say, `href="`+got.URL+`&lang=zh-Hant"`) {
				if !strings.Contains(html.UnescapeString(page), text) {
					t.Fatalf("the page lacks %s: %s", text, page)
				}
			}
		}
		b.prove(got.URL, resident(c.number, c.name, "face"))
		if answer, page := b.open("POST", "/v1/login/agreement", "accept=guardian"); answer.StatusCode != 200 {
			t.Errorf("by the right method: %d %s", answer.StatusCode, page)
		}
	}
}

// TestAMemberReadsWhatTheyAreToTheGuardianInTheirLanguage goes through the registry of relations.
func TestAMemberReadsWhatTheyAreToTheGuardianInTheirLanguage(t *testing.T) {
	w := newWorld(t)
	elder := residentID("99000019430303008")
	for relation, words := range map[string][3]string{
		"parent": {"父母", "父母", "parent"}, "spouse": {"配偶", "配偶", "spouse"}, "grandparent": {"祖父母或外祖父母", "祖父母或外祖父母", "grandparent"},
		"ward": {"被监护人", "被監護人", "ward"},
	} {
		_, _, answer := w.call("POST", "/v1/wallet/members/check", w.token, strings.Replace(claimBody("member_consent", elder, ""), `"child"`, `"`+relation+`"`, 1))
		var got struct{ URL string }
		w.must(json.Unmarshal(answer, &got))
		b := w.browser()
		b.prove(got.URL, resident(elder, "章老人", "face"))
		_, page := b.open("GET", "/v1/login/agreement", "")
		for _, want := range []string{"您是对方的" + words[0] + "）", "您是對方的" + words[1] + "）", "you are their " + words[2] + ")"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %s: %s", relation, want, page)
			}
		}
	}
}

func TestACheckIsNoLogInAndNoWayElsewhere(t *testing.T) {
	w := newWorld(t)
	if status, _, _ := w.call("GET", "/v1/login?check=unknown", "", ""); status != 400 {
		t.Errorf("an unknown check: %d", status)
	}
	_, _, answer := w.call("POST", "/v1/wallet/members/check", w.token, claimBody("face", strangersChildNumber, "c1"))
	var got struct{ URL string }
	w.must(json.Unmarshal(answer, &got))
	if status, _, _ := w.call("GET", got.URL+"&code_challenge="+strings.Repeat("A", 43)+"&return="+url.QueryEscape("http://127.0.0.1:1/"), "", ""); status != 400 {
		t.Errorf("a check that returns to a program: %d", status)
	}
}

// TestAGuardiansRequestsPushOutNobodyElses has a resident make more requests than may wait.
func TestAGuardiansRequestsPushOutNobodyElses(t *testing.T) {
	w := newWorld(t)
	ask := func(token string) string {
		status, _, answer := w.call("POST", "/v1/wallet/members/check", token, claimBody("face", strangersChildNumber, "c1"))
		var got struct{ URL string }
		if err := json.Unmarshal(answer, &got); err != nil || status != 201 {
			t.Fatalf("%d %s", status, answer)
		}
		return got.URL
	}
	waits := func(address string) bool {
		status, _, _ := w.call("GET", address, "", "")
		return status == 303
	}
	neighbours := ask(w.logIn(strangerNumber))
	var own []string
	for range 11 {
		own = append(own, ask(w.token))
	}
	if waits(own[0]) || !waits(own[1]) || !waits(own[10]) || !waits(neighbours) {
		t.Errorf("the first of eleven waits %v, the second %v, the last %v, the neighbour's %v", waits(own[0]), waits(own[1]), waits(own[10]), waits(neighbours))
	}
}

func TestAMissingConsentIsNoticedBeforeTheChildIsAskedToProveItself(t *testing.T) {
	w := newWorld(t)
	teen, child, nobody := residentID("99000020110304019"), strangersChildNumber, residentID("99000020190304999")
	other := func(typ, number, consent string) string {
		return strings.Replace(claimBody("face", number, consent), "resident-id", typ, 1)
	}
	for _, c := range []struct {
		body string
		want int
	}{
		{claimBody("face", child, ""), 403}, {claimBody("face", nobody, ""), 403}, // the number says the age, whether somebody has it or not
		{claimBody("face", child, "c0"), 403}, {claimBody("face", child, "c1"), 201}, {claimBody("face", nobody, "c1"), 201},
		{claimBody("face", teen, ""), 201}, {claimBody("face", teen, "c1"), 201},
		{other("home-return-permit", "H99000001", ""), 403}, {other("home-return-permit", "H99000001", "c1"), 201}, // the number says nothing
		{strings.Replace(claimBody("member_consent", guardianNumber, ""), `"child"`, `"parent"`, 1), 201},
	} {
		status, _, answer := w.call("POST", "/v1/wallet/members/check", w.token, c.body)
		if status != c.want || c.want == 403 && !strings.Contains(string(answer), `"code":"consent"`) {
			t.Errorf("%s: %d %s", c.body, status, answer)
		}
	}
}
