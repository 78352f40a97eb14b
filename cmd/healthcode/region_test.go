package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"healthcode.example/credential"
	"healthcode.example/crypto/cose"
	"healthcode.example/trust"
)

// noon is when the regions of the scripts publish.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.FixedZone("UTC+8", 8*3600))

// makeRegion writes what a region that is no demonstration would hand out, and two of its codes. An argument after the name is the version of
// the bundle, published that many hours after noon.
func makeRegion(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: region NAME [VERSION]")
	}
	name, version := args[0], uint64(1)
	if len(args) > 1 {
		version = uint64(args[1][0] - '0')
	}
	random := rand.NewChaCha8([32]byte{name[0]})
	key := func(alg cose.Algorithm) *cose.PrivateKey {
		k, err := cose.Generate(alg, random)
		ts.Check(err)
		return k
	}
	top, snapshot, paper, phone, holder := key(cose.Ed25519), key(cose.Ed25519), key(cose.Ed25519), key(cose.ES256), key(cose.ES256)
	year := noon.AddDate(1, 0, 0).Unix()
	root, err := trust.SignRoot(&trust.Root{Version: 1, ExpiresAt: year, Region: "CN-GX", Threshold: 1, RootKeys: []*cose.PublicKey{top.Public()},
		ListThreshold: 1, ListKeys: []*cose.PublicKey{top.Public()}}, top)
	ts.Check(err)
	entry := func(k *cose.PrivateKey, p trust.Purpose) trust.IssuerKey {
		return trust.IssuerKey{Key: k.Public(), Purpose: p, State: trust.Published, UseFrom: noon.Unix(), UseUntil: year, VerifyUntil: year}
	}
	list, err := trust.SignKeyList(&trust.KeyList{Version: 1, IssuedAt: noon.Unix(), ExpiresAt: year, Region: "CN-GX", Policy: trust.DefaultPolicy(),
		Keys: []trust.IssuerKey{entry(phone, trust.Phone), entry(paper, trust.Paper), entry(snapshot, trust.SnapshotKey)}}, top)
	ts.Check(err)
	var lists []*trust.StatusList
	for _, p := range []trust.Purpose{trust.Phone, trust.Paper} {
		l, err := trust.NewStatusList(p, credential.ListDay(noon.Unix()), 22, []uint64{7})
		ts.Check(err)
		lists = append(lists, l)
	}
	at := noon.Add(time.Duration(version) * time.Hour)
	signed, err := trust.SignSnapshot(&trust.Snapshot{Version: version, IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 1).Unix(), Region: "CN-GX", Ceiling: 100},
		list, lists, snapshot)
	ts.Check(err)
	bundle, err := trust.Assemble([][]byte{root}, list, signed, lists)
	ts.Check(err)
	fingerprint, err := trust.RootFingerprint(root)
	ts.Check(err)
	salt := credential.Salt{1, 2, 3}
	claims := credential.Claims{Issuer: "CN-GX", IssuedAt: at.Unix(), ExpiresAt: at.AddDate(0, 0, 7).Unix(), Kind: credential.Paper,
		Members: []credential.Member{{Colour: credential.Green, Name: "周*", Hint: 12, Tested: noon.Unix()/3600 - 20,
			Status: credential.Status{List: credential.ListDay(noon.Unix()), Index: 3}, Digest: credential.DocumentDigest(salt, "passport", "X99A0042")}}}
	paperCode, err := claims.Sign(paper)
	ts.Check(err)
	claims.Kind, claims.Holder, claims.ExpiresAt = credential.Phone, holder.Public(), at.Add(12*time.Hour).Unix()
	phoneCode, err := claims.Sign(phone)
	ts.Check(err)
	show := credential.Presentation{At: at.Unix(), Codes: [][]byte{phoneCode}}
	shown, err := show.Sign(holder)
	ts.Check(err)
	show.Challenge, show.Salts = bytes.Repeat([]byte{0xab}, 16), map[int]credential.Revealed{0: salt.Of(0)}
	answer, err := show.Sign(holder)
	ts.Check(err)
	for ending, b := range map[string]string{
		"ykb": string(bundle), "root": string(root), "fingerprint": fingerprint, "at": at.Format(time.RFC3339), "salt": credential.SaltText(salt.Of(0)),
		"paper": credential.Text(paperCode), "bare": credential.Text(phoneCode), "phone": credential.Text(shown), "answer": credential.Text(answer),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name+"."+ending), []byte(b), 0o600))
		if ending != "ykb" && ending != "root" {
			ts.Setenv(name+"_"+ending, b)
		}
	}
}

// makePictures writes white.png (no symbol), cut.png (damaged), huge.png (its header claims 20,000 × 20,000 pixels) and text.png (no picture).
func makePictures(ts *testscript.TestScript, _ bool, _ []string) {
	white := image.NewGray(image.Rect(0, 0, 300, 200))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	var b bytes.Buffer
	ts.Check(png.Encode(&b, white))
	noise := image.NewRGBA(image.Rect(0, 0, 2000, 2000))
	random := rand.New(rand.NewPCG(1, 2))
	for y := range 2000 {
		for x := range 2000 {
			v := uint8(random.UintN(256))
			noise.SetRGBA(x, y, color.RGBA{v, v, v, 255})
		}
	}
	var loud bytes.Buffer
	ts.Check(png.Encode(&loud, noise))
	huge := bytes.Clone(b.Bytes())
	copy(huge[16:], []byte{0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20, 8, 0, 0, 0, 0})
	copy(huge[29:], crc(huge[12:29]))
	for name, content := range map[string][]byte{
		"white.png": b.Bytes(), "cut.png": b.Bytes()[:60], "huge.png": huge, "text.png": []byte("this is no picture\n"), "noise.png": loud.Bytes(),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), content, 0o600))
	}
}

func crc(b []byte) []byte { return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)) }
