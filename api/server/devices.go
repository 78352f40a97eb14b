package server

import (
	"encoding/hex"
	"net/http"
	"time"

	"github.com/labstack/echo/v5"

	"healthcode.example/api"
	"healthcode.example/wallet"
)

// addDevice answers POST /v1/wallet/devices.
func (s *Server) addDevice(c *echo.Context, who Caller) error {
	body := takeBuffer()
	defer giveBuffer(body)
	if err := s.readBody(c, body); err != nil {
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
	d, err := s.config.Wallet.RegisterDevice(c.Request().Context(), who.Person, key, s.now())
	if err != nil {
		return walletProblem(err)
	}
	return sendPrivate(c, http.StatusCreated, s.deviceOf(d))
}

func (s *Server) deviceOf(d wallet.Device) api.Device {
	out := api.Device{Device: hex.EncodeToString(d.ID[:]), Since: time.Unix(d.Since, 0).UTC()}
	if p := s.published.Load(); p.bundle != nil {
		out.Region = p.bundle.KeyList().Region
	}
	return out
}
