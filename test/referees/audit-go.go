// Reads a log as auditors would who have nothing but its files, by golang.org/x/mod/sumdb, which shares no code with it.
//
//	audit-go FOLDER KEY...    checkpoints, tiles, entries and .tlog-proof files of the folder
//	audit-go sign SKEY TEXT   a note signed by Go
//
// It prints what it found as JSON, or ends with a message and the status 1.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	out, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(out)
}

func run(args []string) (any, error) {
	if len(args) == 3 && args[0] == "sign" {
		return signNote(args[1], args[2])
	}
	if len(args) < 2 {
		return nil, errors.New("usage: audit-go FOLDER KEY...")
	}
	return readLog(args[0], args[1:])
}

func signNote(skey, text string) (any, error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	return map[string]string{"note": string(signed)}, err
}

// A witness's key, which sumdb/note does not know: type 4 of C2SP tlog-cosignature.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), text)
	return ed25519.Verify(c.key, []byte(message), sig[8:])
}

func verifierOf(vkey string) (note.Verifier, error) {
	verifier, err := note.NewVerifier(vkey)
	if err == nil {
		return verifier, nil
	}
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, err
	}
	hash, err1 := strconv.ParseUint(parts[1], 16, 32)
	key, err2 := base64.StdEncoding.DecodeString(parts[2])
	if err1 != nil || err2 != nil || len(key) != 33 || key[0] != 4 {
		return nil, err
	}
	return cosigner{parts[0], uint32(hash), key[1:]}, nil
}

func verifiersOf(vkeys []string) (note.Verifiers, error) {
	var list []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := verifierOf(vkey)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", vkey, err)
		}
		list = append(list, verifier)
	}
	return note.VerifierList(list...), nil
}

type checkpoint struct {
	origin string
	tree   tlog.Tree
	sigs   []string
}

// The body of C2SP tlog-checkpoint: origin, size, root.
func openCheckpoint(signed []byte, keys note.Verifiers) (checkpoint, error) {
	opened, err := note.Open(signed, keys)
	if err != nil {
		return checkpoint{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return checkpoint{}, errors.New("checkpoint too short")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return checkpoint{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	found := checkpoint{origin: lines[0], tree: tlog.Tree{N: size, Hash: root}}
	for _, sig := range opened.Sigs {
		found.sigs = append(found.sigs, sig.Name)
	}
	return found, nil
}

// Tiles in the layout of C2SP tlog-tiles; that of sumdb names their height too.
type folderTiles struct{ folder string }

func (f folderTiles) Height() int                     { return 8 }
func (f folderTiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (f folderTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.folder, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// All entries of the log, from its bundles.
func readEntries(folder string, size int64) ([][]byte, error) {
	var entries [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		path := tlog.Tile{H: 8, L: -1, N: n, W: int(width)}.Path()
		data, err := os.ReadFile(filepath.Join(folder, strings.Replace(path, "tile/8/data/", "tile/entries/", 1)))
		if err != nil {
			return nil, err
		}
		for at := 0; at < len(data); {
			length := int(binary.BigEndian.Uint16(data[at:]))
			entries = append(entries, data[at+2:at+2+length])
			at += 2 + length
		}
	}
	if int64(len(entries)) != size {
		return nil, fmt.Errorf("%d entries in bundles of a log of %d", len(entries), size)
	}
	return entries, nil
}

// Go's own tree over the entries: what its hashes must be.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, m[index])
	}
	return hashes, nil
}

func treeOf(entries [][]byte) (memory, error) {
	var all memory
	for n, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(n), entry, all)
		if err != nil {
			return nil, err
		}
		all = append(all, hashes...)
	}
	return all, nil
}

func checkTiles(folder string, head tlog.Tree, entries [][]byte) error {
	tree, err := treeOf(entries)
	if err != nil {
		return err
	}
	if root, err := tlog.TreeHash(head.N, tree); err != nil || root != head.Hash {
		return fmt.Errorf("the root of the checkpoint is not that of the entries: %v %v %v", err, root, head.Hash)
	}
	reader := tlog.TileHashReader(head, folderTiles{folder})
	indexes := make([]int64, len(entries))
	for n := range entries {
		indexes[n] = tlog.StoredHashIndex(0, int64(n))
	}
	hashes, err := reader.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for n, entry := range entries {
		if hashes[n] != tlog.RecordHash(entry) {
			return fmt.Errorf("the tiles have another hash for entry %d", n)
		}
	}
	return checkEveryTile(folder, head.N, tree)
}

// Each tile of the tree, as Go would write it.
func checkEveryTile(folder string, size int64, tree memory) error {
	for _, tile := range tlog.NewTiles(8, 0, size) {
		if tile.W < 256 && tile.W != int((size>>(8*uint(tile.L)))%256) {
			continue
		}
		want, err := tlog.ReadTileData(tile, tree)
		if err != nil {
			return err
		}
		got, err := folderTiles{folder}.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return err
		}
		if string(got[0]) != string(want) {
			return fmt.Errorf("tile %s differs", tile.Path())
		}
	}
	return nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

// A file of C2SP tlog-proof. The extra data in ours is the entry.
func checkInclusion(file string, keys note.Verifiers, entries [][]byte) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, signed, _ := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof file")
	}
	hasExtra, extra := strings.HasPrefix(lines[1], "extra "), strings.TrimPrefix(lines[1], "extra ")
	if hasExtra {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	if hasExtra && extra != base64.StdEncoding.EncodeToString(entries[index]) {
		return errors.New("the extra data is not the entry")
	}
	hashes, err := parseHashes(lines[2:])
	if err != nil {
		return err
	}
	trusted, err := openCheckpoint([]byte(signed), keys)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, trusted.tree.N, trusted.tree.Hash, index, tlog.RecordHash(entries[index]))
}

// The request of C2SP tlog-witness that asks for a cosignature on the newer of two checkpoints.
func checkGrowth(file string, keys note.Verifiers, older map[int64]tlog.Hash) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, signed, _ := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	oldSize, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil {
		return err
	}
	hashes, err := parseHashes(lines[1:])
	if err != nil {
		return err
	}
	trusted, err := openCheckpoint([]byte(signed), keys)
	if err != nil {
		return err
	}
	return tlog.CheckTree(hashes, trusted.tree.N, trusted.tree.Hash, oldSize, older[oldSize])
}

// Runs a check on each file of a kind; names the file that fails.
func each(folder, pattern string, check func(file string) error) (int, error) {
	files, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		if err := check(file); err != nil {
			return 0, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	return len(files), nil
}

type found struct {
	Origin      string   `json:"origin"`
	Size        int64    `json:"size"`
	Signatures  []string `json:"signatures"`
	Checkpoints int      `json:"checkpoints"`
	Inclusions  int      `json:"inclusions"`
	Growths     int      `json:"growths"`
}

func readLog(folder string, vkeys []string) (any, error) {
	keys, err := verifiersOf(vkeys)
	if err != nil {
		return nil, err
	}
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return nil, err
	}
	latest, err := openCheckpoint(signed, keys)
	if err != nil {
		return nil, err
	}
	entries, err := readEntries(folder, latest.tree.N)
	if err != nil {
		return nil, err
	}
	if err := checkTiles(folder, latest.tree, entries); err != nil {
		return nil, err
	}
	tree, err := treeOf(entries)
	if err != nil {
		return nil, err
	}
	out := found{Origin: latest.origin, Size: latest.tree.N, Signatures: latest.sigs}
	roots := map[int64]tlog.Hash{}
	out.Checkpoints, err = each(folder, "*.checkpoint", func(file string) error {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		older, err := openCheckpoint(data, keys)
		if err != nil {
			return err
		}
		root, err := tlog.TreeHash(older.tree.N, tree)
		if err != nil || root != older.tree.Hash {
			return fmt.Errorf("another root: %v", err)
		}
		roots[older.tree.N] = root
		return nil
	})
	if err != nil {
		return nil, err
	}
	if out.Inclusions, err = each(folder, "*.tlog-proof", func(file string) error {
		return checkInclusion(file, keys, entries)
	}); err != nil {
		return nil, err
	}
	out.Growths, err = each(folder, "*.add-checkpoint", func(file string) error {
		return checkGrowth(file, keys, roots)
	})
	return out, err
}
