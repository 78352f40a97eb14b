package server

import (
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/issuer"
	"healthcode.example/wallet"
)

// addDevice answers POST /v1/wallet/devices.
func (s *Server) addDevice(c *echo.Context, who wallet.Session) error {
	body := takeBuffer()
	defer giveBuffer(body)
	if err := s.readBody(c, body, mediaJSON); err != nil {
		return err
	}
	asked, err := readDeviceRequest(body.Bytes())
	if err != nil {
		return err
	}
	key, err := asked.Key.PublicKey()
	if err != nil {
		return api.NewProblem(api.CodeInvalidRequest, "key: "+err.Error())
	}
	d, err := s.config.Wallet.RegisterDeviceOf(c.Request().Context(), who, key, s.now())
	if errors.Is(err, wallet.ErrNoSession) {
		return unauthorized(c, "the session ended while the device was registered: log in again and register it")
	}
	if err != nil {
		return walletProblem(err)
	}
	return sendPrivate(c, http.StatusCreated, s.deviceOf(d))
}

// getDevices answers GET /v1/wallet/devices.
func (s *Server) getDevices(c *echo.Context, who wallet.Session) error {
	all, err := s.config.Wallet.Devices(c.Request().Context(), who.Person)
	if err != nil {
		return walletProblem(err)
	}
	out := api.Devices{Devices: make([]api.Device, 0, len(all))}
	for _, d := range all {
		out.Devices = append(out.Devices, s.deviceOf(d))
	}
	return sendPrivate(c, http.StatusOK, out)
}

// endDevice answers DELETE /v1/wallet/devices/{device}: lost, sold or stolen. It needs nothing of the device.
func (s *Server) endDevice(c *echo.Context, who wallet.Session) error {
	b, err := hex.DecodeString(c.Param("device"))
	if err != nil || len(b) != len(issuer.DeviceID{}) {
		return errNoDevice
	}
	err = s.config.Wallet.EndDeviceOf(c.Request().Context(), who, issuer.DeviceID(b), s.now())
	if errors.Is(err, wallet.ErrNoDevice) {
		return errNoDevice
	}
	if err != nil {
		return walletProblem(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// endDevices answers DELETE /v1/wallet/devices: whatever the caller ever registered, at once.
func (s *Server) endDevices(c *echo.Context, who wallet.Session) error {
	if err := s.config.Wallet.EndDevicesOf(c.Request().Context(), who.Person, who.Hash, wallet.BySelf, s.now()); err != nil {
		return walletProblem(err)
	}
	return c.NoContent(http.StatusNoContent)
}

var errNoDevice = api.NewProblem(api.CodeNotFound, "no such device in use: GET /v1/wallet/devices lists them")

func (s *Server) deviceOf(d wallet.Device) api.Device {
	out := api.Device{Device: hex.EncodeToString(d.ID[:]), Since: time.Unix(d.Since, 0).UTC()}
	if p := s.published.Load(); p.bundle != nil {
		out.Region = p.bundle.KeyList().Region
	}
	return out
}
