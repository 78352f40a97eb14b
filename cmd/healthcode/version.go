package main

import (
	"runtime/debug"
)

type versionCommand struct {
	JSON bool `help:"Write one JSON object."`
}

// Run prints what the linker recorded.
func (v *versionCommand) Run(c *console) error {
	out := struct {
		Version string `json:"version"`
		Commit  string `json:"commit,omitempty"`
		Time    string `json:"time,omitempty"`
		Changed bool   `json:"changed,omitempty"` // built with changes that are in no commit
		Go      string `json:"go"`
	}{Version: "(devel)"}
	if info, ok := debug.ReadBuildInfo(); ok {
		out.Version, out.Go = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				out.Commit = s.Value
			case "vcs.time":
				out.Time = s.Value
			case "vcs.modified":
				out.Changed = s.Value == "true"
			}
		}
	}
	if v.JSON {
		return c.json(out)
	}
	c.printf("healthcode %s, built by %s", out.Version, out.Go)
	if out.Commit != "" {
		c.printf(" from %.12s of %s", out.Commit, out.Time)
	}
	c.printf("\n")
	return nil
}

// version is what the build calls itself.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(devel)"
}
