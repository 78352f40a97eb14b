package main

import (
	"strings"
	"testing"

	"healthcode.example/api"
)

func TestARefreshTellsWhichHouseholdHasNoCodeAndWhatToDo(t *testing.T) {
	var out, notes strings.Builder
	c := &console{out: &out, err: &notes, program: "healthcode"}
	family := api.Family{Members: []api.FamilyMember{{Member: "a", Name: "张三"}, {Member: "b", Name: "张小"}}}
	stale := api.NewProblem(api.CodeMemberNotFound, "choose its people anew")
	(&walletRefreshCommand{}).tell(c, family, api.CodesResponse{
		Codes:      []api.WalletCode{{Member: "a"}, {Member: "b"}},
		Households: []api.HouseholdCode{{Members: []string{"a", "gone"}, Problem: stale}, {Members: []string{"a", "b"}, Code: "YK1:"}},
	})
	if !strings.Contains(out.String(), "2 codes and 1 of households") {
		t.Errorf("it says %q", out.String())
	}
	for _, part := range []string{"the household of 张三, somebody who is not of the family has no code together", "choose its people anew"} {
		if !strings.Contains(notes.String(), part) {
			t.Errorf("it does not say %q but %q", part, notes.String())
		}
	}
}
