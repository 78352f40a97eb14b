package main

import (
	"regexp"
	"strings"
)

// named is what a command that is told as the next one must be given to open the same wallet; empty for the one that it opens
// anyhow.
func (f *walletFlags) named() (words string) {
	if f.Wallet != "wallet.yk" {
		words += " --wallet " + shellWord(string(f.Wallet))
	}
	if f.Key != "" {
		words += " --key " + shellWord(string(f.Key))
	}
	return words
}

// plainWord needs no quotes in a shell.
var plainWord = regexp.MustCompile(`^[\pL\pN_./][\pL\pN_./-]*$`)

// shellWord writes an argument so that a shell takes it as one.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
