package main

import (
	"healthcode.example/credential"
	"healthcode.example/office/desk"
)

// regionFlags say which region a first command founds.
type regionFlags struct {
	Region string `placeholder:"CODE" help:"The region to found, ISO 3166-2 as in CN-MO; without it CN-GD. A data directory that is there already must be of it."`
}

// of gives the flags to found that region with.
func (r *regionFlags) of(flags dataFlags) (dataFlags, error) {
	if r.Region != "" && !credential.ValidIssuer(r.Region) {
		return flags, usage("--region %q is no ISO 3166-2 code, as CN-GD is", r.Region)
	}
	flags.region = r.Region
	return flags, nil
}

// founded is the region to found.
func (d *dataFlags) founded() string {
	if d.region == "" {
		return desk.DemoRegion
	}
	return d.region
}

// isRegion refuses to go on in a data directory of another region.
func (o *office) isRegion(flags dataFlags) error {
	if got := o.Issuer.Bundle().Root().Region; flags.region != "" && flags.region != got {
		return usage("%s is of region %s, and --region says %s: name another --data for another region", o.Dir, got, flags.region)
	}
	return nil
}
