package cose

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// The one CBOR mode of the project. The library's defaults accept repeated keys and forms that are not deterministic, so every option that
// bears on strictness is set, and Unmarshal compares with what Marshal would have written. Options that contradict one another would make
// every call fail with modeErr.
var (
	encMode, encErr = cbor.EncOptions{
		Sort:          cbor.SortBytewiseLexical,
		BigIntConvert: cbor.BigIntConvertReject,
		IndefLength:   cbor.IndefLengthForbidden,
		NilContainers: cbor.NilContainerAsEmpty,
		TagsMd:        cbor.TagsForbidden,
	}.EncMode()
	decMode, decErr = cbor.DecOptions{
		DupMapKey:           cbor.DupMapKeyEnforcedAPF,
		IndefLength:         cbor.IndefLengthForbidden,
		TagsMd:              cbor.TagsForbidden,
		MaxNestedLevels:     maxDepth,
		MaxArrayElements:    maxElements,
		MaxMapPairs:         maxElements,
		ExtraReturnErrors:   cbor.ExtraDecErrorUnknownField,
		UTF8:                cbor.UTF8RejectInvalid,
		FieldNameMatching:   cbor.FieldNameMatchingCaseSensitive,
		ByteStringToString:  cbor.ByteStringToStringForbidden,
		FieldNameByteString: cbor.FieldNameByteStringForbidden,
		NaN:                 cbor.NaNDecodeForbidden,
		Inf:                 cbor.InfDecodeForbidden,
		BignumTag:           cbor.BignumTagForbidden,
	}.DecMode()
	modeErr = errors.Join(encErr, decErr)
)

// Marshal writes v in core deterministic CBOR (RFC 8949 §4.2.1).
func Marshal(v any) ([]byte, error) {
	if modeErr != nil {
		return nil, modeErr
	}
	return encMode.Marshal(v)
}

var errNotCanonical = errors.New("cbor: not the form in which this value is written")

// Unmarshal reads exactly one item of core deterministic CBOR into v and refuses unknown fields, repeated keys, trailing bytes, and any input
// that Marshal would not have written for the same value.
func Unmarshal(b []byte, v any) error {
	if modeErr != nil {
		return modeErr
	}
	if err := CheckDeterministic(b); err != nil {
		return err
	}
	if err := decMode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("cbor: %w", err)
	}
	again, err := encMode.Marshal(v)
	if err != nil {
		return fmt.Errorf("cbor: %w", err)
	}
	if !bytes.Equal(again, b) {
		return errNotCanonical
	}
	return nil
}
