package dcc

// prophylaxes are the sorts of vaccine (vp) of the value set sct-vaccines-covid-19 of 25 January 2023, also those that it calls deprecated: real
// certificates have them.
var prophylaxes = set("1119305005", "1119349007", "1157024006", "1162643001", "1187593009", "28531000087107", "29061000087103", "30141000087107", "J07BX03")

// products are the medicinal products (mp) of the value set vaccines-covid-19-names of 2022, also deprecated ones, and those that the European Union
// has authorised since, by the number of its register.
var products = set(
	"EU/1/20/1507", "EU/1/20/1525", "EU/1/20/1528", "EU/1/21/1529", "EU/1/21/1618", "EU/1/21/1624", "EU/1/21/1580", "EU/1/22/1709",
	"Abdala", "AZD2816", "BBIBP-CorV", "Convidecia", "CoronaVac", "Covaxin", "Covid-19-adsorvida-inativada", "Covid-19-recombinant", "Covifenz", "Covishield", "CoviVac",
	"Covovax", "CVnCoV", "EpiVacCorona", "EpiVacCorona-N", "Hayat-Vax", "Inactivated-SARS-CoV-2-Vero-Cell", "MVC-COV1901", "NVSI-06-08", "NVX-CoV2373", "R-COVI",
	"SCTV01C", "Soberana-02", "Soberana-Plus", "Sputnik-Light", "Sputnik-M", "Sputnik-V", "Vidprevtyn", "VLA2001", "WIBP-CorV", "YS-SC2-010",
)

func set(codes ...string) map[string]bool {
	m := make(map[string]bool, len(codes))
	for _, c := range codes {
		m[c] = true
	}
	return m
}
