package shc

// bundle is the part of a FHIR R4 bundle that a gate needs. Of what could turn the meaning of that part round it keeps whether it is there.
type bundle struct {
	Type    string  `json:"resourceType"`
	Kind    string  `json:"type"`
	Entries []entry `json:"entry"`
	modifiers
}

type entry struct {
	FullURL  string   `json:"fullUrl"`
	Resource resource `json:"resource"`
	Request  present  `json:"request"`  // what was asked of a server, perhaps to delete it
	Response present  `json:"response"` // what a server said of it
	modifiers
}

type resource struct {
	Type       string      `json:"resourceType"`
	Name       []humanName `json:"name"`
	Born       string      `json:"birthDate"`
	Status     string      `json:"status"`
	Code       concept     `json:"code"` // of a test: which one it was
	Vaccine    concept     `json:"vaccineCode"`
	Occurrence string      `json:"occurrenceDateTime"`
	Result     concept     `json:"valueCodeableConcept"`
	Effective  string      `json:"effectiveDateTime"`
	Meaning    []concept   `json:"interpretation"` // of the result
	Patient    *reference  `json:"patient"`        // who had the dose
	Subject    *reference  `json:"subject"`        // who was tested
	Focus      present     `json:"focus"`          // … and of what, if not of the subject
	Subpotent  bool        `json:"isSubpotent"`
	InWords    present     `json:"occurrenceString"` // beside a day it says another
	modifiers
	otherResults
	otherLife
}

// modifiers are what FHIR lets nobody pass over who does not understand it (R4 §2.1.0.3.4, §2.27.4).
type modifiers struct {
	Extension present `json:"modifierExtension"`
	Rules     present `json:"implicitRules"`
}

func (m modifiers) any() bool { return bool(m.Extension || m.Rules) }

// otherResults are what may stand in the place of a coded result and of its time (R4 §10.1.3), or beside them and then say something else.
type otherResults struct {
	Absent      present `json:"dataAbsentReason"` // beside a result it breaks obs-6
	Component   present `json:"component"`
	Quantity    present `json:"valueQuantity"`
	Text        present `json:"valueString"`
	Boolean     present `json:"valueBoolean"`
	Integer     present `json:"valueInteger"`
	Range       present `json:"valueRange"`
	Ratio       present `json:"valueRatio"`
	Sampled     present `json:"valueSampledData"`
	Time        present `json:"valueTime"`
	DateTime    present `json:"valueDateTime"`
	ValuePeriod present `json:"valuePeriod"`
	Members     present `json:"hasMember"`
	Period      present `json:"effectivePeriod"`
	Instant     present `json:"effectiveInstant"`
	Timing      present `json:"effectiveTiming"`
}

// otherLife is what modifies a Patient (R4 §8.1.2): one who is not in use, or dead, or another's record.
type otherLife struct {
	Active    *bool   `json:"active"`
	Dead      bool    `json:"deceasedBoolean"`
	DeadSince present `json:"deceasedDateTime"`
	Link      present `json:"link"`
}

// modified says whether a Patient is not simply the record of somebody alive.
func (p otherLife) modified() bool {
	return p.Active != nil && !*p.Active || p.Dead || bool(p.DeadSince || p.Link)
}

// concept is a CodeableConcept. Its codings are translations of one another.
type concept struct {
	Coding []coding `json:"coding"`
	modifiers
}

type coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
	modifiers
}

type reference struct {
	Reference string `json:"reference"`
	Type      string `json:"type"`
	modifiers
}

type humanName struct {
	Use    string   `json:"use"`
	Text   string   `json:"text"`
	Family string   `json:"family"`
	Given  []string `json:"given"`
	Period struct {
		Start string `json:"start"`
		End   string `json:"end"`
	} `json:"period"`
	modifiers
}

// present says that a member is there, whatever it holds.
type present bool

// UnmarshalJSON keeps nothing.
func (p *present) UnmarshalJSON([]byte) error {
	*p = true
	return nil
}

// among says whether all of the codings say what one of the value set does: at least one is in it, and so is each of those of a system whose
// codes the gate knows, by whatever name. Codes of other systems (the issuer's own, those of trade) are passed over, but one of no system could be any of them.
func (c *concept) among(set codes) bool {
	if c.any() {
		return false
	}
	in := false
	for _, coding := range c.Coding {
		switch {
		case coding.System == "" || coding.any():
			return false
		case set[coding.System][coding.Code]:
			in = true
		case known[canonical(coding.System)] && !set[canonical(coding.System)][coding.Code]:
			return false
		}
	}
	return in
}

// refersTo says whether the reference is to the person, and to nothing else.
func (r *reference) refersTo(person string) bool {
	return r.Reference == person && (r.Type == "" || r.Type == typePatient) && !r.any()
}

// about says whether a record is of the person: FHIR R4 wants Immunization.patient, the guide for cards Observation.subject, and
// the specification of cards makes them short references to an entry of the card ("resource:0").
func (r *resource) about(person string) bool {
	who, other := r.Patient, r.Subject
	if r.Type == typeObservation {
		who, other = other, who
	}
	return person != "" && who != nil && who.refersTo(person) && (other == nil || other.refersTo(person)) && !bool(r.Focus)
}
