package api

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// SafeAddress reads an address to which secrets, numbers or people are sent: https, or http to this very machine, by an
// address of 127.0.0.0/8 or ::1 (RFC 6890) or the name localhost (RFC 6761 §6.3). The error says what is wrong and repeats
// nothing of the address.
func SafeAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("it is no plain address: write https://HOST/PATH")
	}
	if u.Scheme == "https" || u.Scheme == "http" && thisMachine(u.Hostname()) {
		return u, nil
	}
	return nil, errors.New("it is not https: only an address of this machine, http://127.0.0.1, http://[::1] or http://localhost, may go without")
}

func thisMachine(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}
