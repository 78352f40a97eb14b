package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"healthcode.example/wallet"
)

// SessionRequest is what a wallet program gives for its session (RFC 8252, RFC 7636).
type SessionRequest struct {
	Code     string `json:"code"`     // that the browser brought
	Verifier string `json:"verifier"` // whose S256 challenge began the log-in
}

// NewSession fetches the session of a log-in that a browser has finished.
func (c *Client) NewSession(ctx context.Context, r SessionRequest) (out Session, err error) {
	return out, c.exchange(ctx, http.MethodPost, "/v1/sessions", r, &out)
}

// LogOut ends every session of the caller.
func (c *Client) LogOut(ctx context.Context) error {
	return c.end(ctx, "/v1/session")
}

// Devices lists the caller's telephones in use.
func (c *Client) Devices(ctx context.Context) (out Devices, err error) {
	return out, c.exchange(ctx, http.MethodGet, "/v1/wallet/devices", nil, &out)
}

// EndDevice ends one, with every code on it, and every log-in of the caller but this one.
func (c *Client) EndDevice(ctx context.Context, device string) error {
	return c.end(ctx, "/v1/wallet/devices/"+url.PathEscape(device))
}

// EndDevices ends all of them at once, and every log-in of the caller but this one.
func (c *Client) EndDevices(ctx context.Context) error {
	return c.end(ctx, "/v1/wallet/devices")
}

// AddMember claims a guardianship that the province's register proves.
func (c *Client) AddMember(ctx context.Context, r MemberClaim) (out FamilyMember, err error) {
	return out, c.exchange(ctx, http.MethodPost, "/v1/wallet/members", r, &out)
}

// Consent is what a guardian accepts for a member under 14, by its version.
func (c *Client) Consent(ctx context.Context) (out Agreement, err error) {
	return out, c.exchange(ctx, http.MethodGet, "/v1/wallet/consent", nil, &out)
}

// CheckMember claims one that the member has to prove, and says where.
func (c *Client) CheckMember(ctx context.Context, r MemberClaim) (out MemberCheck, err error) {
	return out, c.exchange(ctx, http.MethodPost, "/v1/wallet/members/check", r, &out)
}

// EndMember ends the caller's guardianship over a member.
func (c *Client) EndMember(ctx context.Context, member string) error {
	return c.end(ctx, "/v1/wallet/members/"+url.PathEscape(member))
}

// Guardians lists who holds the caller's own code.
func (c *Client) Guardians(ctx context.Context) (out Guardians, err error) {
	return out, c.exchange(ctx, http.MethodGet, "/v1/wallet/guardians", nil, &out)
}

// EndGuardian ends a guardianship over the caller.
func (c *Client) EndGuardian(ctx context.Context, guardian string) error {
	return c.end(ctx, "/v1/wallet/guardians/"+url.PathEscape(guardian))
}

// History is what a member's record has been through.
func (c *Client) History(ctx context.Context, member string) (out wallet.History, err error) {
	return out, c.exchange(ctx, http.MethodGet, "/v1/wallet/members/"+url.PathEscape(member)+"/history", nil, &out)
}

// Export is everything that is kept about a member, as JSON. It stands in the member's history.
func (c *Client) Export(ctx context.Context, member string) (out json.RawMessage, err error) {
	return out, c.exchange(ctx, http.MethodPost, "/v1/wallet/members/"+url.PathEscape(member)+"/export", nil, &out)
}

// Erase says what an erasure of the caller's own record, or of a member under 14, would remove and what stays; with confirm it is
// done. An empty member is the caller.
func (c *Client) Erase(ctx context.Context, member string, confirm bool) (out wallet.ErasureReport, err error) {
	ask := map[string]string{}
	if member != "" {
		ask["member"] = member
	}
	if confirm {
		ask["confirm"] = "erase"
	}
	return out, c.exchange(ctx, http.MethodPost, "/v1/wallet/erasure", ask, &out)
}

// end sends a DELETE, whose answer has no body.
func (c *Client) end(ctx context.Context, path string) error {
	answer, err := c.do(ctx, http.MethodDelete, path, nil, nil)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // so that the connection is kept
	return answer.Body.Close()
}
