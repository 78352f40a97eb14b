package bolt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"healthcode.example/credential"
	"healthcode.example/health"
	"healthcode.example/store/bolt"
	"healthcode.example/verifier"
	"healthcode.example/wallet"
	"healthcode.example/wallet/holder"
)

const permit = "LI SI,E9900009,1984-05-06," // the father under his other document

func TestOnePersonWithTwoDocumentsBecomesOneRecord(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, father, child, permit)
	fathers, others, mothers := w.phone("李四"), w.phone("LI SI"), w.phone("张三")
	w.must(w.wallet.AddGuardian(ctx, w.people["LI SI"], w.people["张小"], credential.Child, "household_register", w.at))
	for _, p := range []*phone{fathers, others, mothers} {
		p.refresh()
	}
	w.advance(time.Minute)
	w.tell("LI SI", health.PositiveTest)
	w.publish()
	w.expect("the father under the first document", fathers.show("李四"), verifier.ReasonOK)
	report, err := w.wallet.Merge(ctx, wallet.Merger{Keep: w.people["李四"], Gone: w.people["LI SI"]}, wallet.ByAuthority, w.at)
	w.must(err)
	if report.Decision.Colour != credential.Red || report.Documents != 2 {
		t.Errorf("report %+v", report)
	}
	w.publish()
	w.expect("the green of the one", fathers.show("李四"), verifier.ReasonRevoked)
	w.expect("the red of the other", others.show("LI SI"), verifier.ReasonRevoked)
	w.expect("the child on the other's phone", others.show("张小"), verifier.ReasonOK)
	w.expect("the child on the mother's phone", mothers.show("张小"), verifier.ReasonOK)
	w.people["LI SI"] = w.people["李四"]
	if codes := fathers.refresh(); len(codes) != 2 {
		t.Errorf("%d codes on the first phone", len(codes))
	}
	others.owner = "李四"
	w.must(others.file.Merged([]holder.Relative{{ID: w.people["李四"]}}))
	others.refresh()
	w.expect("red on the one phone", fathers.show("李四"), verifier.ReasonColour)
	w.expect("red on the other", others.show("李四"), verifier.ReasonColour)
	w.expect("the child on the first phone", fathers.show("张小"), verifier.ReasonOK)
	w.must(w.store.Audit())
	_, err = w.wallet.Merge(ctx, wallet.Merger{Keep: w.people["李四"], Gone: w.people["张三"]}, wallet.ByAuthority, w.at)
	if !errors.Is(err, wallet.ErrBirthsDiffer) {
		t.Errorf("two people become one: %v", err)
	}
}

func TestAHistoryIsOfExactlyOnePersonAndForThoseWhoMayReadIt(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, father, child)
	w.phone("张三")
	w.tell("张小", health.PositiveTest)
	h, err := w.wallet.History(ctx, w.people["张三"], w.people["张小"], w.at)
	w.must(err)
	kinds := make(map[wallet.HistoryKind][]wallet.HistoryEntry)
	for _, part := range h.Parts {
		kinds[part.Kind] = part.Entries
		for _, language := range []string{"en", "zh-Hans", "zh-Hant"} {
			if part.Title[language] == "" {
				t.Errorf("%s has no title in %s", part.Kind, language)
			}
		}
	}
	if d := kinds[wallet.HistoryDecisions]; len(d) != 1 || d[0].Colour != "red" || d[0].Text["zh-Hans"] == "" || d[0].Release["en"] == "" {
		t.Errorf("decisions %+v", d)
	}
	if g := kinds[wallet.HistoryGuardianships]; len(g) != 1 || g[0].Who != "张*" || g[0].Detail != wallet.AuthorityImport {
		t.Errorf("guardianships %+v", g)
	}
	if d := kinds[wallet.HistoryDevices]; len(d) != 0 {
		t.Errorf("the mother's devices are the child's: %+v", d)
	}
	for name, id := range map[string]health.PersonID{"the father, who is no guardian": w.people["李四"], "nobody": {9}} {
		if _, err := w.wallet.History(ctx, id, w.people["张小"], w.at); !errors.Is(err, wallet.ErrNoGuardian) {
			t.Errorf("%s reads the history: %v", name, err)
		}
		if _, err := w.wallet.Export(ctx, wallet.Acting{Person: id}, w.people["张小"], w.at); !errors.Is(err, wallet.ErrNoGuardian) {
			t.Errorf("%s exports: %v", name, err)
		}
	}
	all, err := w.wallet.Export(ctx, wallet.Acting{Person: w.people["张三"]}, w.people["张小"], w.at)
	w.must(err)
	b, err := json.Marshal(all)
	w.must(err)
	for what, want := range map[string]bool{"张小": true, "E9900003": true, "laboratory": true, "张三": false, "E9900001": false, `"exported"`: true} {
		if strings.Contains(string(b), what) != want {
			t.Errorf("the export holds %q: %v, want %v", what, !want, want)
		}
	}
}

func TestPaperIsForThoseWhomPolicyAdmitsAndKeepsItsSalt(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, child, elder)
	w.phone("张三")
	w.phone("王老")
	print := func(name string) (wallet.Paper, error) {
		return w.wallet.NewPaper(ctx, wallet.PaperRequest{By: w.people[name], Member: w.people[name], Document: true}, w.at)
	}
	if _, err := print("张三"); !errors.Is(err, wallet.ErrPaper) {
		t.Errorf("an adult with a phone: %v", err)
	}
	if _, err := w.wallet.NewPaper(ctx, wallet.PaperRequest{By: w.people["张三"], Member: w.people["张三"], Unasked: true}, w.at); err != nil {
		t.Errorf("the authority prints: %v", err)
	}
	if _, err := print("张小"); err != nil {
		t.Errorf("a child: %v", err)
	}
	first, err := print("王老")
	w.must(err)
	got := w.scan(credential.Text(first.Code)).Reveal(first.Salt.Of(0))
	if right, wrong := got.MatchDocument("passport", "E9900004"), got.MatchDocument("passport", "E9900005"); right == wrong {
		t.Errorf("the right number says %v and a wrong one %v", right, wrong)
	}
	again, err := w.wallet.DrawPaper(ctx, wallet.DrawRequest{By: w.people["王老"], Member: w.people["王老"]}, w.at)
	if err != nil || !bytes.Equal(again.Code, first.Code) || again.Salt == nil || *again.Salt != *first.Salt {
		t.Errorf("drawn again it differs, %v", err)
	}
}

func TestAnErasedPersonIsNotInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	service := newService(t, s, noIssuer{})
	at := morning
	if _, err := service.Import(ctx, strings.NewReader("name,document_type,document_number,birth_date,region\n欧阳标记,passport,E99777777,1985-05-06,440300\n"), at, nil); err != nil {
		t.Fatal(err)
	}
	p, err := service.FindPerson(ctx, wallet.Document{Type: wallet.Passport, Number: "E99777777"})
	if err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		report, err := service.Erase(ctx, wallet.Erasure{Person: p.ID, Dry: dry}, wallet.ByAuthority, at)
		if err != nil || report.Dry != dry || len(report.Stays) == 0 {
			t.Fatalf("report %+v, %v", report, err)
		}
		if _, err := service.Person(ctx, p.ID); errors.Is(err, wallet.ErrNoPerson) == dry {
			t.Errorf("dry %v: %v", dry, err)
		}
	}
	if where := s.Named(p.ID[:]); len(where) > 0 {
		t.Errorf("the identifier stands in %v", where)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, marked := range []string{"欧阳标记", "E99777777"} {
		if bytes.Contains(file, []byte(marked)) {
			t.Errorf("%s stands in the file", marked)
		}
	}
}

func TestADeathThatWasAMistakeIsTakenBackWithNewHandlesOnly(t *testing.T) {
	w := newWorld(t)
	w.enrol(mother, father, child)
	w.must(w.wallet.AddGuardian(ctx, w.people["李四"], w.people["张小"], credential.Child, "household_register", w.at))
	mothers, fathers := w.phone("张三"), w.phone("李四")
	mothers.refresh()
	fathers.refresh()
	w.tell("张三", health.PositiveTest)
	w.publish()
	mothers.refresh()
	w.advance(time.Minute)
	did, err := w.wallet.Deceased(ctx, w.people["张三"], false, wallet.ByAuthority, w.at)
	w.must(err)
	w.publish()
	w.expect("the mother, thought dead", mothers.show("张三"), verifier.ReasonRevoked)
	w.expect("the child on her phone", mothers.show("张小"), verifier.ReasonRevoked)
	w.advance(time.Hour)
	undo := func(reason string, dry bool) (wallet.Changes, error) {
		return w.wallet.Revive(ctx, w.people["张三"], reason, dry, wallet.ByAuthority, w.at)
	}
	if _, err := undo("", false); !errors.Is(err, wallet.ErrReason) {
		t.Errorf("without a reason: %v", err)
	}
	would, err := undo("clerical_error", true)
	w.must(err)
	if _, err := w.wallet.RegisterDevice(ctx, w.people["张三"], newHolderKey(w), w.at); !errors.Is(err, wallet.ErrDeceased) {
		t.Errorf("after a dry run: %v", err)
	}
	undid, err := undo("clerical_error", false)
	w.must(err)
	if undid != would || undid.Dependants != did.Dependants || undid.Dependants != 1 || undid.Codes != 0 {
		t.Errorf("the death did %+v, its undoing %+v, foretold as %+v", did, undid, would)
	}
	if again, err := undo("clerical_error", false); err != nil || again != (wallet.Changes{}) {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	w.publish()
	w.expect("her old code", mothers.show("张三"), verifier.ReasonRevoked)
	w.expect("the child's old code", mothers.show("张小"), verifier.ReasonRevoked)
	w.expect("the child on the father's phone", fathers.show("张小"), verifier.ReasonOK)
	if _, err := w.wallet.Refresh(ctx, wallet.RefreshRequest{Person: w.people["张三"], Device: mothers.id, Holder: newHolderKey(w)}, w.at); !errors.Is(err, wallet.ErrNoDevice) {
		t.Errorf("her old phone refreshes: %v", err)
	}
	fresh := w.phone("张三")
	if codes := fresh.refresh(); len(codes) != 2 {
		t.Fatalf("%d codes", len(codes))
	}
	w.expect("her colour", fresh.show("张三"), verifier.ReasonColour)
	w.expect("the child on her new phone", fresh.show("张小"), verifier.ReasonOK)
	h, err := w.wallet.History(ctx, w.people["张三"], w.people["张三"], w.at)
	w.must(err)
	var told []string
	for _, part := range h.Parts {
		for _, e := range part.Entries {
			if part.Kind == wallet.HistoryRecord || part.Kind == wallet.HistoryGuardianships {
				told = append(told, e.Word+" "+e.Detail)
			}
		}
	}
	for _, want := range []string{"deceased ", "revived clerical_error", "guardian_ended authority_import", "guardian_added authority_import"} {
		if !slices.Contains(told, want) {
			t.Errorf("the history lacks %q: %q", want, told)
		}
	}
	w.must(w.store.Audit())
}
