package health

import "healthcode.example/credential"

// DefaultRules is the rule set of the demo province, version 1, in force always: one rule, "positive test: red until a
// later release". It is data to be signed, not a fallback: a service without a signed rule set colours nobody.
func DefaultRules(region string) *RuleSet {
	return &RuleSet{
		Region:  region,
		Version: 1,
		Default: Outcome{
			Colour: credential.Green,
			Reason: "no_finding",
			Text: map[string]string{
				"en":      "There is no record that asks for medical observation.",
				"zh-Hans": "目前没有需要医学观察的记录。",
				"zh-Hant": "目前沒有需要醫學觀察的記錄。",
			},
			Release: map[string]string{},
		},
		Rules: []Rule{{
			ID:    "positive-test",
			When:  PositiveTest,
			Until: Release,
			Outcome: Outcome{
				Colour: credential.Red,
				Reason: "positive_test",
				Text: map[string]string{
					"en":      "A laboratory reported a positive test of your sample.",
					"zh-Hans": "检测机构报告您的样本检测结果为阳性。",
					"zh-Hant": "檢測機構報告您的樣本檢測結果為陽性。",
				},
				Release: map[string]string{
					"en":      "Stay where you are and follow the advice of your community or hospital. When medical observation ends, the doctor records the notice of release; your code is green again at its next refresh. If you think the record is wrong, ask the health authority that is named as its source to correct it.",
					"zh-Hans": "请留在原处，听从社区或医院的安排。医学观察结束后，由医生录入解除医学观察告知书，下次刷新时健康码即恢复绿色。如认为记录有误，请向记录所注明的卫生健康部门申请更正。",
					"zh-Hant": "請留在原處，聽從社區或醫院的安排。醫學觀察結束後，由醫生錄入解除醫學觀察告知書，下次更新時健康碼即恢復綠色。如認為記錄有誤，請向記錄所註明的衛生健康部門申請更正。",
				},
			},
		}},
	}
}
