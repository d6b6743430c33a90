package slot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// BlockSize is what dm-verity reads and checks at once.
const BlockSize = 4096

// Verity names the content of a root partition: the data, then a superblock as
// veritysetup writes it, then the hash tree. Algorithm is sha256.
type Verity struct {
	Algorithm string `json:"algorithm"`
	Blocks    uint64 `json:"blocks"` // of data
	Salt      string `json:"salt"`   // hexadecimal
	Hash      string `json:"hash"`   // of the tree's top, hexadecimal
}

// Mode is what the kernel does when a block is not what the tree says: it
// panics, says so on the console, and restarts because of "panic=" on its
// command line. The loader has counted that start already.
const Mode = "panic_on_corruption"

// Size returns how many bytes of the partition are used, data and tree.
func (v Verity) Size() int64 {
	n := v.Blocks + 1
	for level := v.Blocks; level > 1; {
		level = (level + perBlock - 1) / perBlock
		n += level
	}
	return int64(n) * BlockSize
}

// Table returns the parameters of the device-mapper's target "verity" for a
// partition, and how many 512-byte sectors it covers.
func (v Verity) Table(device string) (params string, sectors uint64) {
	return fmt.Sprintf("1 %s %s %d %d %d %d %s %s %s 1 %s", device, device, BlockSize, BlockSize,
		v.Blocks, v.Blocks+1, v.Algorithm, v.Hash, v.Salt, Mode), v.Blocks * (BlockSize / SectorSize)
}

// Check returns [ErrRelease] when no root can be named so.
func (v Verity) Check() error {
	root, err1 := hex.DecodeString(v.Hash)
	salt, err2 := hex.DecodeString(v.Salt)
	if err1 != nil || err2 != nil || v.Algorithm != algorithm || len(root) != sha256.Size || len(salt) > 256 || len(salt) == 0 ||
		v.Blocks < 2 || v.Blocks > SizeRoot/BlockSize || v.Size() > SizeRoot {
		return ErrRelease
	}
	return nil
}

// ErrSeal says that a partition does not hold what names it.
var ErrSeal = errors.New("the root is not the one that the release names")

// CheckTop compares the top of the tree on a partition with its name. It reads
// two blocks: a slot that was never written, or belongs to another release, is
// found before the kernel stumbles over it. [ErrSeal] is the answer then.
func (v Verity) CheckTop(partition io.ReaderAt) error {
	block := make([]byte, BlockSize)
	for _, at := range []int64{0, int64(v.Blocks+1) * BlockSize} {
		if n, err := partition.ReadAt(block, at); n < BlockSize {
			return fmt.Errorf("read root: %w", err)
		}
	}
	salt, err := hex.DecodeString(v.Salt)
	if err != nil {
		return ErrRelease
	}
	if hex.EncodeToString(hashed(sha256.New(), nil, salt, block)) != v.Hash {
		return ErrSeal
	}
	return nil
}

const (
	algorithm = "sha256"
	perBlock  = BlockSize / sha256.Size
)

// errUneven says that data is not whole blocks.
var errUneven = errors.New("the root is not a whole number of blocks")

// Seal reads a root of whole blocks and returns what names it, and what follows
// it on its partition: superblock and hash tree. Equal data, salt and
// identifier make equal bytes.
func Seal(data io.Reader, salt []byte, id GUID) (Verity, []byte, error) {
	level, blocks, err := leaves(data, salt)
	if err != nil {
		return Verity{}, nil, fmt.Errorf("seal root: %w", err)
	}
	v := Verity{Algorithm: algorithm, Blocks: blocks, Salt: hex.EncodeToString(salt)}
	levels := [][]byte{level}
	for len(level) > BlockSize {
		level = above(level, salt)
		levels = append(levels, level)
	}
	v.Hash = hex.EncodeToString(above(level, salt)[:sha256.Size])
	tree := superblock(blocks, salt, id)
	for i := len(levels) - 1; i >= 0; i-- {
		tree = append(tree, levels[i]...)
	}
	return v, tree, v.Check()
}

// leaves hashes each block of the data.
func leaves(data io.Reader, salt []byte) (level []byte, blocks uint64, err error) {
	block, h := make([]byte, BlockSize), sha256.New()
	for {
		n, err := io.ReadFull(data, block)
		if errors.Is(err, io.EOF) && blocks > 0 {
			return filled(level), blocks, nil
		}
		if n < BlockSize {
			return nil, 0, errors.Join(errUneven, err)
		}
		level, blocks = hashed(h, level, salt, block), blocks+1
	}
}

// above hashes each block of a level.
func above(level, salt []byte) (up []byte) {
	h := sha256.New()
	for ; len(level) > 0; level = level[BlockSize:] {
		up = hashed(h, up, salt, level[:BlockSize])
	}
	return filled(up)
}

func hashed(h hash.Hash, to, salt, block []byte) []byte {
	h.Reset()
	h.Write(salt)
	h.Write(block)
	return h.Sum(to)
}

func filled(level []byte) []byte {
	if over := len(level) % BlockSize; over != 0 {
		level = append(level, make([]byte, BlockSize-over)...)
	}
	return level
}

// superblock is what veritysetup reads; the kernel does not.
func superblock(blocks uint64, salt []byte, id GUID) []byte {
	b := make([]byte, BlockSize)
	le := binary.LittleEndian
	copy(b, "verity\x00\x00")
	le.PutUint32(b[8:], 1)
	le.PutUint32(b[12:], 1)
	copy(b[16:], id[:])
	copy(b[32:], algorithm)
	le.PutUint32(b[64:], BlockSize)
	le.PutUint32(b[68:], BlockSize)
	le.PutUint64(b[72:], blocks)
	le.PutUint16(b[80:], uint16(len(salt)))
	copy(b[88:344], salt)
	return b
}
