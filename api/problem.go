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
