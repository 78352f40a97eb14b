// Package api is what the HTTP service and its callers share: the wire structs, the table of errors, the published key
// sets, the OpenAPI description and a small client. The service itself is api/server.
package api

import _ "embed"

// OpenAPI is the description of the service, OpenAPI 3.1 in YAML; the service gives it at /openapi.yaml.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Limits that the service and its callers agree on.
const (
	MaxBody  = 1 << 20 // bytes of a request
	MaxCodes = 64      // codes of one verification request
)
