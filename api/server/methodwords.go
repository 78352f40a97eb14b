package server

import (
	"strings"

	"healthcode.example/api"
	"healthcode.example/wallet"
)

// methodProblem is a log-in by a method that does not suffice, with what would, for people who read it in Chinese.
type methodProblem struct {
	*api.Problem
	needed []wallet.MethodSet
}

// Unwrap lets the problem be found.
func (m *methodProblem) Unwrap() error { return m.Problem }

// methodWords are the methods of the registry in zh-Hans and zh-Hant; what a policy names besides is shown as it is.
var methodWords = map[string][2]string{
	wallet.MethodFace:            {"人脸识别", "人臉識別"},
	wallet.MethodLiveness:        {"活体检测", "活體檢測"},
	wallet.MethodPaymentPassword: {"支付密码", "支付密碼"},
	wallet.MethodOwnAccount:      {"本人账户", "本人賬戶"},
}

// say tells in each of the two scripts what is needed.
func (m *methodProblem) say() (hans, hant string) {
	if len(m.needed) == 0 {
		return "此类证件不能用于登录：请使用其他证件，或联系社区工作人员或监护人。", "此類證件不能用於登入：請使用其他證件，或聯絡社區工作人員或監護人。"
	}
	var sets [2][]string
	for _, set := range m.needed {
		for script := range sets {
			sets[script] = append(sets[script], nameMethods(set, script))
		}
	}
	return "需要：" + strings.Join(sets[0], "，或") + "。请以该方式重新核验。", "需要：" + strings.Join(sets[1], "，或") + "。請以該方式重新核驗。"
}

func nameMethods(set wallet.MethodSet, script int) string {
	var names []string
	for _, method := range set.Methods {
		if words, ok := methodWords[method]; ok {
			method = words[script]
		}
		names = append(names, method)
	}
	if set.ACR != "" {
		names = append(names, "acr "+set.ACR)
	}
	return strings.Join(names, "＋")
}
