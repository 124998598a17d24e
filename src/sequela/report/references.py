"""The sources of the methods, as data; only those that ran are printed."""

from sequela.frozen import frozen


@frozen
class Reference:
    """A publication.

    Attributes
    ----------
    text : str
        Authors, title, journal, year, volume and pages.
    doi : str
        Empty where there is none.
    """

    text: str
    doi: str = ""

    def __str__(self) -> str:
        """Return the reference as printed."""
        return f"{self.text} doi:{self.doi}" if self.doi else self.text


REFERENCES: dict[str, Reference] = {
    "hernan_robins_2016": Reference(
        "Hernan MA, Robins JM. Using big data to emulate a target trial when a randomized trial is not available. "
        "Am J Epidemiol 2016;183:758-64.",
        "10.1093/aje/kwv254",
    ),
    "hernan_2008": Reference(
        "Hernan MA, Alonso A, Logan R, et al. Observational studies analyzed like randomized experiments: an "
        "application to postmenopausal hormone therapy and coronary heart disease. Epidemiology 2008;19:766-79.",
        "10.1097/EDE.0b013e3181875e61",
    ),
    "danaei_2013": Reference(
        "Danaei G, Garcia Rodriguez LA, Cantero OF, et al. Observational data for comparative effectiveness research: "
        "an emulation of randomised trials of statins and primary prevention of coronary heart disease. Stat Methods "
        "Med Res 2013;22:70-96.",
        "10.1177/0962280211403603",
    ),
    "robins_2000": Reference(
        "Robins JM, Hernan MA, Brumback B. Marginal structural models and causal inference in epidemiology. "
        "Epidemiology 2000;11:550-60."
    ),
    "cain_2010": Reference(
        "Cain LE, Robins JM, Lanoy E, et al. When to start treatment? A systematic approach to the comparison of "
        "dynamic regimes using observational data. Int J Biostat 2010;6(2):18."
    ),
    "young_2011": Reference(
        "Young JG, Cain LE, Robins JM, et al. Comparative effectiveness of dynamic treatment regimes: an application "
        "of the parametric g-formula. Stat Biosci 2011;3:119-43."
    ),
    "simonsohn_2020": Reference(
        "Simonsohn U, Simmons JP, Nelson LD. Specification curve analysis. Nat Hum Behav 2020;4:1208-14.",
        "10.1038/s41562-020-0912-z",
    ),
    "rosenbaum_rubin_1983": Reference(
        "Rosenbaum PR, Rubin DB. The central role of the propensity score in observational studies for causal effects. "
        "Biometrika 1983;70:41-55.",
        "10.1093/biomet/70.1.41",
    ),
    "li_2018": Reference(
        "Li F, Morgan KL, Zaslavsky AM. Balancing covariates via propensity score weighting. "
        "J Am Stat Assoc 2018;113:390-400.",
        "10.1080/01621459.2016.1260466",
    ),
    "austin_stuart_2015": Reference(
        "Austin PC, Stuart EA. Moving towards best practice when using inverse probability of treatment weighting "
        "(IPTW) using the propensity score to estimate causal treatment effects in observational studies. "
        "Stat Med 2015;34:3661-79.",
        "10.1002/sim.6607",
    ),
    "austin_2011": Reference(
        "Austin PC. An introduction to propensity score methods for reducing the effects of confounding in "
        "observational studies. Multivariate Behav Res 2011;46:399-424.",
        "10.1080/00273171.2011.568786",
    ),
    "lin_wei_1989": Reference(
        "Lin DY, Wei LJ. The robust inference for the Cox proportional hazards model. J Am Stat Assoc 1989;84:1074-8.",
        "10.1080/01621459.1989.10478874",
    ),
    "robins_1994": Reference(
        "Robins JM, Rotnitzky A, Zhao LP. Estimation of regression coefficients when some regressors are not always "
        "observed. J Am Stat Assoc 1994;89:846-66."
    ),
    "andersen_2003": Reference(
        "Andersen PK, Klein JP, Rosthoj S. Generalised linear models for correlated pseudo-observations, with "
        "applications to multi-state models. Biometrika 2003;90:15-27."
    ),
    "maringe_2020": Reference(
        "Maringe C, Benitez Majano S, Exarchakou A, et al. Reflection on modern methods: trial emulation in the "
        "presence of immortal-time bias. Int J Epidemiol 2020;49:1719-29.",
        "10.1093/ije/dyaa057",
    ),
    "hesterberg_2015": Reference(
        "Hesterberg TC. What teachers should know about the bootstrap: resampling in the undergraduate statistics "
        "curriculum. Am Stat 2015;69:371-86.",
        "10.1080/00031305.2015.1089789",
    ),
    "lipsitz_1999": Reference(
        "Lipsitz SR, Ibrahim JG, Parzen M. A degrees-of-freedom approximation for a t-statistic with heterogeneous "
        "variance. The Statistician 1999;48:495-506."
    ),
    "kaplan_meier_1958": Reference(
        "Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. J Am Stat Assoc 1958;53:457-81.",
        "10.1080/01621459.1958.10501452",
    ),
    "greenwood_1926": Reference(
        "Greenwood M. The natural duration of cancer. Reports on Public Health and Medical Subjects 33. "
        "London: HMSO; 1926."
    ),
    "kalbfleisch_prentice_2002": Reference(
        "Kalbfleisch JD, Prentice RL. The statistical analysis of failure time data. 2nd ed. Hoboken: Wiley; 2002.",
        "10.1002/9781118032985",
    ),
    "brookmeyer_crowley_1982": Reference(
        "Brookmeyer R, Crowley J. A confidence interval for the median survival time. Biometrics 1982;38:29-41.",
        "10.2307/2530286",
    ),
    "schemper_smith_1996": Reference(
        "Schemper M, Smith TL. A note on quantifying follow-up in studies of failure time. "
        "Control Clin Trials 1996;17:343-6.",
        "10.1016/0197-2456(96)00075-X",
    ),
    "mantel_1966": Reference(
        "Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration. "
        "Cancer Chemother Rep 1966;50:163-70."
    ),
    "gehan_1965": Reference(
        "Gehan EA. A generalized Wilcoxon test for comparing arbitrarily singly-censored samples. "
        "Biometrika 1965;52:203-23."
    ),
    "peto_peto_1972": Reference(
        "Peto R, Peto J. Asymptotically efficient rank invariant test procedures. J R Stat Soc A 1972;135:185-207.",
        "10.2307/2344317",
    ),
    "tarone_1975": Reference("Tarone RE. Tests for trend in life table analysis. Biometrika 1975;62:679-82."),
    "tarone_ware_1977": Reference(
        "Tarone RE, Ware J. On distribution-free tests for equality of survival distributions. "
        "Biometrika 1977;64:156-60."
    ),
    "holm_1979": Reference(
        "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70."
    ),
    "borgan_liestol_1990": Reference(
        "Borgan O, Liestol K. A note on confidence intervals and bands for the survival function based on "
        "transformations. Scand J Stat 1990;17:35-41."
    ),
    "fleming_harrington_1991": Reference(
        "Fleming TR, Harrington DP. Counting processes and survival analysis. New York: Wiley; 1991."
    ),
    "klein_2007": Reference(
        "Klein JP, Logan B, Harhoff M, Andersen PK. Analyzing survival curves at a fixed point in time. "
        "Stat Med 2007;26:4505-19.",
        "10.1002/sim.2864",
    ),
    "royston_parmar_2013": Reference(
        "Royston P, Parmar MKB. Restricted mean survival time: an alternative to the hazard ratio for the design and "
        "analysis of randomized trials with a time-to-event outcome. BMC Med Res Methodol 2013;13:152.",
        "10.1186/1471-2288-13-152",
    ),
    "lin_2020": Reference(
        "Lin RS, Lin J, Roychoudhury S, et al. Alternative analysis methods for time to event endpoints under "
        "nonproportional hazards: a comparative analysis. Stat Biopharm Res 2020;12:187-98."
    ),
    "cox_1972": Reference(
        "Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-202.",
        "10.1111/j.2517-6161.1972.tb00899.x",
    ),
    "efron_1977": Reference(
        "Efron B. The efficiency of Cox's likelihood function for censored data. J Am Stat Assoc 1977;72:557-65.",
        "10.1080/01621459.1977.10480613",
    ),
    "breslow_1974": Reference(
        "Breslow N. Covariance analysis of censored survival data. Biometrics 1974;30:89-99.", "10.2307/2529620"
    ),
    "venzon_moolgavkar_1988": Reference(
        "Venzon DJ, Moolgavkar SH. A method for computing profile-likelihood-based confidence intervals. "
        "Appl Stat 1988;37:87-94.",
        "10.2307/2347496",
    ),
    "grambsch_therneau_1994": Reference(
        "Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted residuals. "
        "Biometrika 1994;81:515-26.",
        "10.1093/biomet/81.3.515",
    ),
    "harrell_2001": Reference("Harrell FE. Regression modeling strategies. New York: Springer; 2001."),
    "ozenne_2020": Reference(
        "Ozenne BMH, Scheike TH, Staerk L, Gerds TA. On the estimation of average treatment effects with "
        "right-censored time to event outcome and competing risks. Biom J 2020;62:751-63."
    ),
    "harrell_1982": Reference(
        "Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA. Evaluating the yield of medical tests. "
        "JAMA 1982;247:2543-6."
    ),
    "aalen_johansen_1978": Reference(
        "Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based on censored "
        "observations. Scand J Stat 1978;5:141-50."
    ),
    "gray_1988": Reference(
        "Gray RJ. A class of K-sample tests for comparing the cumulative incidence of a competing risk. "
        "Ann Stat 1988;16:1141-54.",
        "10.1214/aos/1176350951",
    ),
    "fine_gray_1999": Reference(
        "Fine JP, Gray RJ. A proportional hazards model for the subdistribution of a competing risk. "
        "J Am Stat Assoc 1999;94:496-509.",
        "10.1080/01621459.1999.10474144",
    ),
    "clopper_pearson_1934": Reference(
        "Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the binomial. "
        "Biometrika 1934;26:404-13.",
        "10.1093/biomet/26.4.404",
    ),
    "pearson_1900": Reference(
        "Pearson K. On the criterion that a given system of deviations from the probable in the case of a correlated "
        "system of variables is such that it can be reasonably supposed to have arisen from random sampling. "
        "Philos Mag 1900;50:157-75.",
        "10.1080/14786440009463897",
    ),
    "miettinen_nurminen_1985": Reference(
        "Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213-26.", "10.1002/sim.4780040211"
    ),
    "newcombe_1998": Reference(
        "Newcombe RG. Interval estimation for the difference between independent proportions: comparison of eleven "
        "methods. Stat Med 1998;17:873-90."
    ),
    "chan_zhang_1999": Reference(
        "Chan IS, Zhang Z. Test-based exact confidence intervals for the difference of two binomial proportions. "
        "Biometrics 1999;55:1202-9."
    ),
    "mcnemar_1947": Reference(
        "McNemar Q. Note on the sampling error of the difference between correlated proportions or percentages. "
        "Psychometrika 1947;12:153-7.",
        "10.1007/BF02295996",
    ),
    "barnard_1947": Reference(
        "Barnard GA. Significance tests for 2 x 2 tables. Biometrika 1947;34:123-38.", "10.1093/biomet/34.1-2.123"
    ),
    "suissa_shuster_1985": Reference(
        "Suissa S, Shuster JJ. Exact unconditional sample sizes for the 2 x 2 binomial trial. "
        "J R Stat Soc A 1985;148:317-27.",
        "10.2307/2981892",
    ),
    "wilks_1938": Reference(
        "Wilks SS. The large-sample distribution of the likelihood ratio for testing composite hypotheses. "
        "Ann Math Stat 1938;9:60-2.",
        "10.1214/aoms/1177732360",
    ),
    "cochran_1954": Reference(
        "Cochran WG. Some methods for strengthening the common chi-square tests. Biometrics 1954;10:417-51.",
        "10.2307/3001616",
    ),
    "armitage_1955": Reference(
        "Armitage P. Tests for linear trends in proportions and frequencies. Biometrics 1955;11:375-86.",
        "10.2307/3001775",
    ),
    "student_1908": Reference("Student. The probable error of a mean. Biometrika 1908;6:1-25.", "10.1093/biomet/6.1.1"),
    "welch_1947": Reference(
        "Welch BL. The generalization of 'Student's' problem when several different population variances are "
        "involved. Biometrika 1947;34:28-35.",
        "10.1093/biomet/34.1-2.28",
    ),
    "welch_1951": Reference(
        "Welch BL. On the comparison of several mean values: an alternative approach. Biometrika 1951;38:330-6.",
        "10.1093/biomet/38.3-4.330",
    ),
    "fisher_1925": Reference("Fisher RA. Statistical methods for research workers. Oliver and Boyd, 1925."),
    "yates_1934": Reference(
        "Yates F. Contingency tables involving small numbers and the chi-squared test. "
        "Suppl J R Stat Soc 1934;1:217-35.",
        "10.2307/2983604",
    ),
    "fisher_1922": Reference(
        "Fisher RA. On the interpretation of chi-squared from contingency tables, and the calculation of P. "
        "J R Stat Soc 1922;85:87-94.",
        "10.2307/2340521",
    ),
    "lancaster_1961": Reference(
        "Lancaster HO. Significance tests in discrete distributions. J Am Stat Assoc 1961;56:223-34.",
        "10.1080/01621459.1961.10482105",
    ),
    "wilcoxon_1945": Reference(
        "Wilcoxon F. Individual comparisons by ranking methods. Biometrics Bull 1945;1:80-3.", "10.2307/3001968"
    ),
    "mann_whitney_1947": Reference(
        "Mann HB, Whitney DR. On a test of whether one of two random variables is stochastically larger than the "
        "other. Ann Math Stat 1947;18:50-60.",
        "10.1214/aoms/1177730491",
    ),
    "kruskal_wallis_1952": Reference(
        "Kruskal WH, Wallis WA. Use of ranks in one-criterion variance analysis. J Am Stat Assoc 1952;47:583-621.",
        "10.1080/01621459.1952.10483441",
    ),
    "austin_2009": Reference(
        "Austin PC. Balance diagnostics for comparing the distribution of baseline covariates between treatment "
        "groups in propensity-score matched samples. Stat Med 2009;28:3083-107.",
        "10.1002/sim.3697",
    ),
    "yang_dalton_2012": Reference(
        "Yang D, Dalton JE. A unified approach to measuring the effect size between two groups using SAS. "
        "SAS Global Forum 2012; paper 335."
    ),
    "van_buuren_2011": Reference(
        "van Buuren S, Groothuis-Oudshoorn K. mice: multivariate imputation by chained equations in R. "
        "J Stat Softw 2011;45(3):1-67.",
        "10.18637/jss.v045.i03",
    ),
    "white_royston_2009": Reference(
        "White IR, Royston P. Imputing missing covariate values for the Cox model. Stat Med 2009;28:1982-98.",
        "10.1002/sim.3618",
    ),
    "rubin_1987": Reference("Rubin DB. Multiple imputation for nonresponse in surveys. New York: Wiley; 1987."),
    "barnard_rubin_1999": Reference(
        "Barnard J, Rubin DB. Small-sample degrees of freedom with multiple imputation. Biometrika 1999;86:948-55.",
        "10.1093/biomet/86.4.948",
    ),
    "tsai_1987": Reference(
        "Tsai WY, Jewell NP, Wang MC. A note on the product-limit estimator under right censoring and left truncation. "
        "Biometrika 1987;74:883-6."
    ),
    "geskus_2011": Reference(
        "Geskus RB. Cause-specific cumulative incidence estimation and the Fine and Gray model under both left "
        "truncation and right censoring. Biometrics 2011;67:39-49."
    ),
    "hieke_2015": Reference(
        "Hieke S, Kleber M, Konig C, Engelhardt M, Schumacher M. Conditional survival: a useful concept to provide "
        "information on how prognosis evolves over time. Clin Cancer Res 2015;21:1530-6."
    ),
    "stuart_1955": Reference(
        "Stuart A. A test for homogeneity of the marginal distributions in a two-way classification. "
        "Biometrika 1955;42:412-6.",
        "10.1093/biomet/42.3-4.412",
    ),
    "maxwell_1970": Reference(
        "Maxwell AE. Comparing the classification of subjects by two independent judges. Br J Psychiatry "
        "1970;116:651-5.",
        "10.1192/bjp.116.535.651",
    ),
    "bowker_1948": Reference(
        "Bowker AH. A test for symmetry in contingency tables. J Am Stat Assoc 1948;43:572-4.",
        "10.1080/01621459.1948.10483284",
    ),
    "garwood_1936": Reference("Garwood F. Fiducial limits for the Poisson distribution. Biometrika 1936;28:437-42."),
    "efron_1979": Reference(
        "Efron B. Bootstrap methods: another look at the jackknife. Ann Stat 1979;7:1-26.", "10.1214/aos/1176344552"
    ),
    "efron_1987": Reference(
        "Efron B. Better bootstrap confidence intervals. J Am Stat Assoc 1987;82:171-85.",
        "10.1080/01621459.1987.10478410",
    ),
    "lai_ying_1991": Reference(
        "Lai TL, Ying Z. Estimating a distribution function with truncated and censored data. Ann Stat 1991;19:417-42."
    ),
    "eisenhauer_2009": Reference(
        "Eisenhauer EA, Therasse P, Bogaerts J, et al. New response evaluation criteria in solid tumours: revised "
        "RECIST guideline (version 1.1). Eur J Cancer 2009;45:228-47.",
        "10.1016/j.ejca.2008.10.026",
    ),
}
