package cose

import "errors"

// What a caller branches on: what ParseSign1, ParseSign, Verify and the readers of keys refuse wraps one of these or is a *SyntaxError.
var (
	ErrShape     = errors.New("cose: not a message of ours")    // wrong array, header or size
	ErrAlgorithm = errors.New("cose: algorithm not allowed")    // unknown, or not that of the key
	ErrSignature = errors.New("cose: signature does not match") // the one answer for every wrong signature
	ErrKey       = errors.New("cose: not a usable key")         // off the curve, wrong type, wrong length
)
