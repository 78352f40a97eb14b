package main

import "healthcode.example/wallet"

// agreement is what people accept at their first log-in, unless the log-in configuration brings its own.
var agreement = wallet.Agreement{Version: "2026-1", Text: map[string]string{
	"zh-Hans": "本服务为您签发健康码。为此保存：您的姓名、证件号码、出生日期和地区（加密存放），您的健康状态及其依据，您的设备、监护关系和登录记录。" +
		"健康码上只有隐去部分的姓名，没有证件号码。您可以随时查看、导出和删除您的数据。健康码不是唯一的通行凭证。",
	"zh-Hant": "本服務為您簽發健康碼。為此保存：您的姓名、證件號碼、出生日期和地區（加密存放），您的健康狀態及其依據，您的裝置、監護關係和登入記錄。" +
		"健康碼上只有隱去部分的姓名，沒有證件號碼。您可以隨時查看、匯出和刪除您的資料。健康碼不是唯一的通行憑證。",
	"en": "This service issues your health code. For that it keeps your name, document number, birth date and region (sealed), your status and what it rests on, " +
		"your devices, guardianships and log-ins. A code carries a masked name and no document number. You can read, export and erase your data at any time. A code is never the only way to pass.",
}}

// consent is what a guardian accepts for a member under 14, apart from the agreement.
var consent = wallet.Agreement{Version: "child-2026-1", Text: map[string]string{
	"zh-Hans": "我是该儿童的监护人，同意本服务为签发其健康码处理该儿童的个人信息（姓名、证件、出生日期、地区、健康状态）。我可以随时撤回同意。",
	"zh-Hant": "我是該兒童的監護人，同意本服務為簽發其健康碼處理該兒童的個人資料（姓名、證件、出生日期、地區、健康狀態）。我可以隨時撤回同意。",
	"en": "I am a guardian of this child and consent that the service handles the child's personal data (name, document, birth date, region, status) to issue its health code. " +
		"I can withdraw this at any time.",
}}
