package slot

import (
	"errors"
	"fmt"
)

// ReadEnv reads the loader's memory, or its spare when the first is damaged;
// whole tells which. With neither the error is [ErrEnv].
func ReadEnv(esp *ESP) (env Env, whole bool, err error) {
	if env, err = readEnv(esp, FileEnv); err == nil {
		return env, true, nil
	}
	spare, err2 := readEnv(esp, FileEnvSpare)
	if err2 != nil {
		return Env{}, false, fmt.Errorf("read loader's memory: %w", errors.Join(err, err2))
	}
	return spare, false, nil
}

func readEnv(esp *ESP, name string) (Env, error) {
	f, err := esp.Open(name)
	if err != nil {
		return Env{}, err
	}
	b := make([]byte, SizeEnv)
	if f.Size() != SizeEnv {
		return Env{}, ErrEnv
	}
	if _, err := f.ReadAt(b, 0); err != nil {
		return Env{}, err
	}
	return DecodeEnv(b)
}

// WriteEnv overwrites the loader's memory and then its spare, in place. After a
// power cut at any moment [ReadEnv] returns the old memory or the new one.
func WriteEnv(esp *ESP, env Env) error {
	block, err := env.Encode()
	if err != nil {
		return fmt.Errorf("write loader's memory: %w", err)
	}
	for _, name := range []string{FileEnv, FileEnvSpare} {
		if err := overwrite(esp, name, block); err != nil {
			return fmt.Errorf("write loader's memory: %w", err)
		}
	}
	return nil
}

func overwrite(esp *ESP, name string, content []byte) error {
	f, err := esp.Open(name)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(content, 0); err != nil {
		return err
	}
	return f.Sync()
}
