package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/mallette-kit/mallette/hardware/reader/evdev"
)

// modelsEnv holds what the file of --scanners says, for the stages that may not
// read it.
const modelsEnv = "MALLETTE_PASSREADER_MODELS"

// maxModels bounds that file.
const maxModels = 4 << 10

// remember reads the file of models while there are the rights to.
func remember(file string) error {
	f, err := os.Open(file)
	if file == "" || errors.Is(err, fs.ErrNotExist) {
		return os.Unsetenv(modelsEnv)
	}
	if err != nil {
		return fmt.Errorf("--scanners: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxModels))
	if err != nil {
		return fmt.Errorf("--scanners: %w", err)
	}
	return os.Setenv(modelsEnv, strings.ReplaceAll(string(text), "\x00", ""))
}

// models are the scanners that somebody named. A mistake on the command line ends
// the program; one in the file, which nobody at the station can mend, costs that
// line.
func (c command) models(log *slog.Logger) (list []evdev.Model, err error) {
	for _, text := range c.Scanner {
		m, err := evdev.ParseModel(text)
		if err != nil {
			return nil, fmt.Errorf("--scanner: %w", err)
		}
		list = append(list, m)
	}
	for line := range strings.Lines(os.Getenv(modelsEnv)) {
		line = strings.TrimSpace(line)
		switch m, err := evdev.ParseModel(line); {
		case line == "":
		case err == nil:
			list = append(list, m)
		case os.Getenv(stageEnv) == stageRead:
			log.Warn("scanner not understood", "err", err)
		}
	}
	return list, nil
}
