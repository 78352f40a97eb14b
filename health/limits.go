package health

// Limits of evidence and of rule sets.
const (
	maxReference = 64      // characters of an evidence's source and of its reference
	maxID        = 40      // characters of a rule's identifier and of an outcome's reason
	maxText      = 600     // characters of one text in one language
	maxRules     = 64      // rules in a set
	maxRuleSet   = 1 << 19 // bytes of a signed rule set, looked at before anything is allocated
)
