package gokrazy

import "encoding/json"

// FirstProgram is the source of the first program for a configuration.
func FirstProgram(config []byte) ([]byte, error) {
	var c configuration
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	return firstProgram(c)
}
