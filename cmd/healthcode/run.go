package main

import (
	"context"
	"errors"
	"slices"

	"github.com/alecthomas/kong"

	"healthcode.example/office/files"
)

// commands is the command line. Each field is a command whose own fields are its flags, and whose Run does it.
type commands struct {
	Demo     demoCommand   `cmd:"" help:"Do the main job in one go, and leave codes, pictures and a bundle."`
	Serve    serveCommand  `cmd:"" help:"Run the service on the data directory, which the first start makes."`
	Verify   verifyCommand `cmd:"" help:"Say whether a code is good, without a network."`
	Gate     gateCommand   `cmd:"" help:"Be a gate: verify code after code, and ask for answers to challenges, without a network."`
	Import   importCommand `cmd:"" help:"Take people in from a CSV file, all of them or none."`
	Evidence struct {
		Add evidenceAddCommand `cmd:"" help:"Record a test or a release, and decide the colour anew."`
	} `cmd:"" help:"Record what moves colours."`
	Person personCommands `cmd:"" help:"Look at, correct, merge, end and erase records of people."`
	Issue  issueCommand   `cmd:"" help:"Make codes for one person or for everybody."`
	Keys   keysCommands   `cmd:"" help:"Look at the signing keys, and hold the ceremonies over them."`
	Root   rootCommands   `cmd:"" help:"Make and renew the root of all trust, offline."`
	Signer struct {
		New signerNewCommand `cmd:"" help:"Make a person's own key for ceremonies."`
	} `cmd:"" help:"Keys of the people who sign roots and key lists."`
	Wallet walletCommands `cmd:"" help:"A holder's own wallet for the command line: log in, refresh, present."`
	Show   showCommand    `cmd:"" help:"Draw the symbol of a code, in the terminal or as a picture."`
	Bundle struct {
		Export  bundleExportCommand  `cmd:"" help:"Write the newest publication to a file."`
		Inspect bundleInspectCommand `cmd:"" help:"Tell what a bundle holds."`
		Update  bundleUpdateCommand  `cmd:"" help:"Take a newer bundle over a gate's own, never an older one."`
		Partner bundlePartnerCommand `cmd:"" help:"Keep a partner's bundle beside a gate's own, never an older one."`
	} `cmd:"" help:"Look at and renew what a gate believes."`
	Partner partnerCommands `cmd:"" help:"Name the other regions whose codes count here."`
	Backup  backupCommand   `cmd:"" help:"Set the store aside in one sealed file, while the service runs or not."`
	Restore restoreCommand  `cmd:"" help:"Bring a backup back, without undoing anything that was published."`
	Drill   drillCommand    `cmd:"" help:"Play the day on which a key was stolen, and measure how long it takes."`
	Version versionCommand  `cmd:"" help:"Print the version and how it was built."`
}

const description = "Issue health codes, show them, and verify them with the network off.\n\n" +
	"Begin with \"healthcode demo --out demo\", which makes a small province, its codes and their pictures, and verifies each of them."

// run does one command line and gives the exit code.
func run(ctx context.Context, args []string, c *console) int {
	c.args = args
	if c.files == nil {
		c.files = files.Disk{}
	}
	options := []kong.Option{
		kong.Name("healthcode"),
		kong.Description(description),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.Writers(c.out, c.err),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
	}
	if c.office != nil {
		options = append(options, kong.NoDefaultHelp()) // which would end the service
	}
	parser, err := kong.New(&commands{}, options...)
	if err != nil {
		c.notef("healthcode: %v\n", err)
		return exitUsage
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		c.notef("healthcode: %v\nhelp: healthcode%s --help\n", err, helpPath(err))
		return exitUsage
	}
	if c.office != nil && !slices.Contains(administrative, parsed.Command()) {
		c.notef("healthcode: a running service does not do %s for others\n", parsed.Command())
		return exitUsage
	}
	err = parsed.Run()
	if err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		c.notef("healthcode: interrupted\n")
		return exitInterrupted
	}
	var quiet *exitError
	if err != nil && (!errors.As(err, &quiet) || quiet.err != nil) {
		c.notef("healthcode: %v\n", err)
	}
	if parsed.Command() == "verify" || parsed.Command() == "verify <code>" {
		return exitCode(err, exitIO)
	}
	return exitCode(err, exitFailed)
}

// helpPath names the command whose flags were wrong, with a space before it.
func helpPath(err error) string {
	var e *kong.ParseError
	if !errors.As(err, &e) || e.Context == nil {
		return ""
	}
	path := ""
	for _, p := range e.Context.Path {
		if p.Command != nil {
			path += " " + p.Command.Name
		}
	}
	return path
}
