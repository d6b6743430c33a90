package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

const (
	mega = 1e6     // as disks and downloads are counted
	mebi = 1 << 20 // as the server's memory is counted
)

// machines are what the programs are built for.
func machines() []string { return []string{"amd64", "arm64"} }

// build makes every program for a machine, as a release does, and returns the
// folder they are in.
func (s *stand) build(ctx context.Context, machine string) (string, error) {
	dir := filepath.Join(s.dir, "bin-"+machine)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir+string(filepath.Separator),
		"./fleet/cmd/...", "./provisioning/cmd/...", "./device/cmd/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+machine)
	if out, err := cmd.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		return "", fmt.Errorf("build for %s: %w: %s", machine, err, out)
	}
	return dir, nil
}

// programs are those of this machine.
func (s *stand) programs(ctx context.Context) (string, error) { return s.build(ctx, runtime.GOARCH) }

// sizes are the bytes that a station and a server keep and download.
func sizes(ctx context.Context, s *stand) (list []figure, err error) {
	for _, machine := range machines() {
		dir, err := s.build(ctx, machine)
		if err != nil {
			return list, err
		}
		programs, err := os.ReadDir(dir)
		if err != nil {
			return list, err
		}
		for _, p := range programs {
			info, err := p.Info()
			if err != nil {
				return list, err
			}
			list = append(list, plain(p.Name()+"_size_"+machine, float64(info.Size())/mega, "MB"))
		}
	}
	return list, nil
}
