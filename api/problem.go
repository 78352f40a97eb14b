package api

import (
	"errors"
	"fmt"
)

// ProblemType is the media type of every error (RFC 9457 §3).
const ProblemType = "application/problem+json"

// Code is what a caller branches on. Once published, a code keeps its meaning.
type Code string

// Codes of the table.
const (
	CodeInvalidJSON     = Code("invalid_json")
	CodeInvalidRequest  = Code("invalid_request")
	CodeUnauthorized    = Code("unauthorized")
	CodeDeviceEnded     = Code("device_ended")
	CodeDeviceExists    = Code("device_exists")
	CodeLoginOver       = Code("login_over")
	CodeLoginRefused    = Code("login_refused")
	CodeLoginMethod     = Code("login_method")
	CodeLoginBarred     = Code("login_barred")
	CodeIncomplete      = Code("incomplete_person")
	CodeOtherPerson     = Code("other_person")
	CodeProviderDown    = Code("provider_down")
	CodeCrossOrigin     = Code("cross_origin")
	CodeRole            = Code("role")
	CodePersonCheck     = Code("person_check")
	CodeNotProven       = Code("not_proven")
	CodeConsent         = Code("consent")
	CodeMinorGuardian   = Code("minor_guardian")
	CodePaperPolicy     = Code("paper_policy")
	CodeDeceased        = Code("deceased")
	CodeNoRegister      = Code("no_register")
	CodeRegisterDown    = Code("register_down")
	CodeGuardianExists  = Code("guardian_exists")
	CodeRevoked         = Code("guardian_revoked")
	CodeFreshLogin      = Code("fresh_login")
	CodeErasure         = Code("erasure_barred")
	CodeEvidenceCounts  = Code("evidence_counts")
	CodeTooOften        = Code("too_often")
	CodeNotFound        = Code("not_found")
	CodeMemberNotFound  = Code("member_not_found")
	CodeNoPrint         = Code("no_print")
	CodeMethod          = Code("method_not_allowed")
	CodeTimeout         = Code("timeout")
	CodePrintOver       = Code("print_over")
	CodeTooMany         = Code("too_many")
	CodeTooLarge        = Code("too_large")
	CodeContentEncoding = Code("unsupported_encoding")
	CodeMediaType       = Code("unsupported_media_type")
	CodeDeviceProof     = Code("device_proof")
	CodeClock           = Code("clock")
	CodeInternal        = Code("internal")
	CodeNotReady        = Code("not_ready")
	CodeIssuerNotReady  = Code("issuer_not_ready")
)

// meaning is a row of the table.
type meaning struct {
	status int
	title  string
}

// table is the only place where a code gets its status and title.
var table = map[Code]meaning{
	CodeInvalidJSON:     {400, "The body is not the JSON that this route reads"},
	CodeInvalidRequest:  {400, "The request is incomplete or contradicts itself"},
	CodeUnauthorized:    {401, "The wallet does not know who is calling"},
	CodeDeviceEnded:     {403, "The device is not in use"},
	CodeDeviceExists:    {409, "The key of the device was used before"},
	CodeLoginOver:       {400, "No log-in of this browser is under way"},
	CodeLoginRefused:    {403, "The identity provider did not prove who this is"},
	CodeLoginMethod:     {403, "The way of logging in does not suffice for the document"},
	CodeLoginBarred:     {403, "This person cannot log in"},
	CodeIncomplete:      {409, "Too little is known of the person"},
	CodeOtherPerson:     {409, "Document and record do not fit together"},
	CodeProviderDown:    {503, "The identity provider does not answer"},
	CodeCrossOrigin:     {403, "The request comes from another site"},
	CodeRole:            {403, "This is for staff of another role"},
	CodePersonCheck:     {403, "The person has not proved who they are"},
	CodeNotProven:       {403, "The guardianship is not proven"},
	CodeConsent:         {403, "A consent is missing"},
	CodeMinorGuardian:   {403, "The guardian is under 18"},
	CodePaperPolicy:     {403, "Policy gives this person no paper code"},
	CodeDeceased:        {403, "The person is recorded as deceased"},
	CodeNoRegister:      {409, "No register is connected"},
	CodeRegisterDown:    {503, "The province's register does not answer"},
	CodeGuardianExists:  {409, "The member is of this family already"},
	CodeRevoked:         {403, "This guardianship was revoked"},
	CodeFreshLogin:      {403, "This needs a log-in of just now"},
	CodeErasure:         {403, "The record is erased in another way"},
	CodeEvidenceCounts:  {409, "Evidence about the person still counts"},
	CodeTooOften:        {429, "This was tried too often"},
	CodeNotFound:        {404, "There is nothing at this address"},
	CodeMemberNotFound:  {404, "There is no such member in this family"},
	CodeNoPrint:         {404, "No paper code has been made"},
	CodeMethod:          {405, "This address does not take this method"},
	CodeTimeout:         {408, "The body took too long to arrive"},
	CodePrintOver:       {409, "The paper code is over"},
	CodeTooMany:         {409, "There are as many as there may be"},
	CodeTooLarge:        {413, "The body is too large"},
	CodeContentEncoding: {415, "The body is compressed"},
	CodeMediaType:       {415, "The body is of another media type than this route reads"},
	CodeDeviceProof:     {403, "The device did not sign the request"},
	CodeClock:           {400, "The clock of the device is wrong"},
	CodeInternal:        {500, "The service failed"},
	CodeNotReady:        {503, "The service is not ready"},
	CodeIssuerNotReady:  {503, "No code can be issued at this moment"},
}

// Codes lists every code with its status.
func Codes() map[Code]int {
	out := make(map[Code]int, len(table))
	for code, m := range table {
		out[code] = m.status
	}
	return out
}

// Problem is the body of every error (RFC 9457 §3.1) with the code that programs branch on. Detail says what was wrong with
// this request, where, and how to mend it; it never repeats a code, a name or a number.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   Code   `json:"code"`

	// Of evidence_counts: the outcome that the evidence gives, as a code's colour is explained.
	Reason  string            `json:"reason,omitempty"`  // machine identifier, such as positive_test
	Text    map[string]string `json:"text,omitempty"`    // what the holder reads, by language: zh-Hans, zh-Hant, en
	Release map[string]string `json:"release,omitempty"` // what to do to be released, by language
}

// problemBase is where the types of problems are described once the service has a home of its own.
const problemBase = "https://healthcode.example/problems/"

// NewProblem makes the problem of a code in the table; one that is not there is the service's own failure.
func NewProblem(code Code, detail string) *Problem {
	m, ok := table[code]
	if !ok {
		code, detail = CodeInternal, ""
		m = table[code]
	}
	return &Problem{Type: problemBase + string(code), Title: m.title, Status: m.status, Detail: detail, Code: code}
}

// Error makes a Problem an error.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return fmt.Sprintf("%s (%d %s)", p.Title, p.Status, p.Code)
	}
	return fmt.Sprintf("%s (%d %s): %s", p.Title, p.Status, p.Code, p.Detail)
}

// ProblemOf finds the Problem in an error, or nil.
func ProblemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return nil
}
