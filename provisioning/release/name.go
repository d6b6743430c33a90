package release

import (
	"fmt"
	"path"
)

// Names of files below public/, as TUF lays out consistent snapshots.
const (
	metadataFolder = "metadata"
	targetsFolder  = "targets"
	timestampName  = metadataFolder + "/timestamp.json"
)

func metadataName(version int64, role string) string {
	return fmt.Sprintf("%s/%d.%s.json", metadataFolder, version, role)
}

// targetName is targets/{folder}/{hash}.{base}.
func targetName(name string, hash []byte) string {
	return path.Join(targetsFolder, path.Dir(name), fmt.Sprintf("%x.%s", hash, path.Base(name)))
}
