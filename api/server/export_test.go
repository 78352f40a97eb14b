package server

import "net/http"

// HTTPServer lets tests look at the limits.
func HTTPServer(s *Server) *http.Server { return s.httpServer() }
