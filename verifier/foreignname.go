package verifier

import "healthcode.example/credential"

// ForeignName is the holder's name as a gate shows it: masked, or in full where its policy asks for that. It is false for a name in which there
// is no letter that anybody could see, with which no identity document can be compared: a code of such a name is nobody's.
func ForeignName(name string, full bool) (string, bool) {
	masked := credential.MaskName(name)
	if full {
		return name, masked != ""
	}
	return masked, masked != ""
}
