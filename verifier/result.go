package verifier

import (
	"slices"
	"time"

	"healthcode.example/credential"
	"healthcode.example/trust"
)

// Result is the verdict on one text. The whole is its worst member. Data of persons appear only when every signature verified and the code is
// current: then a genuine red is refused with its data, and a forged green shows nothing.
type Result struct {
	Verdict Verdict `json:"verdict"`
	Reason  Reason  `json:"reason"`
	Check   Check   `json:"check,omitempty"`  // after accept
	Remedy  Remedy  `json:"remedy,omitempty"` // after refuse and cannot say
	Region  string  `json:"region,omitempty"` // iss, once its signature verified
	Seen    string  `json:"seen,omitempty"`   // after other_format: what it looks like
	Expired string  `json:"expired,omitempty"`
	// Status says whether the codes were looked up in status lists that are current; empty before that step.
	Status Status `json:"status,omitempty"`
	// Document is the answer to RequireDocument.
	Document Match    `json:"document,omitempty"`
	Members  []Member `json:"members"` // in the order of the code; empty where no data may appear
	Ages     Ages     `json:"ages"`

	shown   [32]byte             // digest of a presentation whose holder proof was right; zero otherwise
	partner *trust.PartnerPolicy // what a code of another format was judged by; nil for other codes

	secret func() *secrets // what RequireDocument needs; nil where no data may appear
}

// Member is the verdict on one person.
type Member struct {
	Verdict  Verdict             `json:"verdict"`
	Reason   Reason              `json:"reason"`
	Colour   credential.Colour   `json:"colour,omitempty"`
	Name     string              `json:"name,omitempty"` // masked
	Kind     credential.Kind     `json:"kind,omitempty"`
	Relation credential.Relation `json:"relation,omitempty"`
	Guardian string              `json:"guardian,omitempty"`  // masked
	Birthday uint8               `json:"birth_day,omitempty"` // the hint: day of the month
	Tested   time.Time           `json:"tested,omitzero"`     // last negative sample, to the hour
	Proves   Line                `json:"proves,omitzero"`     // kind foreign: what the code says, in one line
	Until    time.Time           `json:"until,omitzero"`      // kind foreign: when the code ends, if it does
	Document Match               `json:"document,omitempty"`  // this member's answer to RequireDocument
}

// Status says what is known of a revocation. A partner's code may be accepted with its status unknown, as far as our policy goes.
type Status string

// Statuses of the registry.
const (
	StatusChecked = Status("checked")
	StatusUnknown = Status("unknown")
)

// Ages are in whole seconds.
type Ages struct {
	Bundle       int64 `json:"bundle_s,omitempty"`         // gate time less the snapshot's
	Partner      int64 `json:"partner_bundle_s,omitempty"` // gate time less the snapshot's of the partner whose bundle is loaded
	Code         int64 `json:"code_s,omitempty"`           // gate time less iat
	Presentation int64 `json:"presentation_s,omitempty"`   // gate time less the holder's: negative if the holder's clock is ahead
}

// Match is the answer to the question whether a code belongs to a document.
type Match string

// Matches of the registry.
const (
	Matches    = Match("match")
	NoMatch    = Match("no_match")
	NotOffered = Match("not_offered") // the holder revealed no salt, or that of a document of another type
)

// secrets are the digests with their revealed salts. They stand behind a function, since fmt walks into unexported fields without asking for
// their methods, and for a verb that does not fit follows pointers too.
type secrets struct {
	members []*credential.Member
	salts   map[int]credential.Revealed
}

func (s *secrets) hidden() func() *secrets { return func() *secrets { return s } }

func refuse(r Reason) Result {
	return Result{Verdict: Refuse, Reason: r, Remedy: r.Remedy(), Members: []Member{}}
}

func cannotSay(r Reason) Result {
	remedy := r.Remedy()
	if r == ReasonKeyUnknown || r == ReasonRegionUnknown {
		remedy = RemedyUpdateBundle
	}
	return Result{Verdict: CannotSay, Reason: r, Remedy: remedy, Members: []Member{}}
}

// MatchDocument says whether a member of the code has this document, as far as the holder revealed salts. A salt that is said to be of another type
// tells nothing of this one: then nobody is told apart from its owner.
func (r Result) MatchDocument(docType, number string) Match {
	if r.secret == nil || len(r.secret().salts) == 0 {
		return NotOffered
	}
	all := NoMatch
	for i := range r.secret().members {
		if r.matchMember(i, docType, number) == Matches {
			return Matches
		}
		if r.secret().ofAnother(i, docType) {
			all = NotOffered
		}
	}
	return all
}

// ofAnother says whether the member's salt is said to be of a document of another type.
func (s *secrets) ofAnother(i int, docType string) bool {
	salt := s.salts[i]
	return salt.Document != 0 && salt.Document != credential.DocumentTypeOf(docType)
}

// Reveal adds the salt from behind the fold of a paper code, for its one member.
func (r Result) Reveal(salt credential.Revealed) Result {
	if r.secret == nil {
		return r
	}
	members := r.secret().members
	if len(members) == 1 && members[0].Digest != nil {
		r.secret = (&secrets{members: members, salts: map[int]credential.Revealed{0: salt}}).hidden()
	}
	return r
}

// RequireDocument answers MatchDocument in the Result and, member by member, in Members. A code that would pass and belongs to another document
// is refused; one whose holder revealed no salt, or that of another type, leaves the document to be checked by eye. A refusal for another reason stays what it is.
func (r Result) RequireDocument(docType, number string) Result {
	r.Document = r.MatchDocument(docType, number)
	switch {
	case r.Verdict == Refuse:
		return r
	case r.Document == NoMatch:
		out := refuse(ReasonDocumentMismatch)
		out.Region, out.Ages, out.Status, out.Document = r.Region, r.Ages, r.Status, NoMatch
		return out
	case r.Verdict == Accept && r.Document == NotOffered:
		r.Check = CheckDocument
	}
	r.Members = slices.Clone(r.Members)
	for i := range r.Members {
		r.Members[i].Document = r.matchMember(i, docType, number)
	}
	return r
}

func (r Result) matchMember(i int, docType, number string) Match {
	if r.secret == nil || i >= len(r.secret().members) {
		return NotOffered
	}
	s := r.secret()
	switch salt, ok := s.salts[i]; {
	case !ok, s.ofAnother(i, docType):
		return NotOffered
	case s.members[i].MatchesDocument(salt.Salt, docType, number):
		return Matches
	}
	return NoMatch
}
