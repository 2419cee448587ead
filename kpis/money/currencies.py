"""The currencies Headway knows: the codes of ISO 4217 that money is paid in. A plain module.

Metals, test codes and the special drawing right are no money of a pilot. A ledger reaches back, so codes
that were withdrawn in 2025 and 2026 stay.
"""

import re

_ACTIVE = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
    CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT
    LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
    NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF
    XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
WITHDRAWN = frozenset({"ANG", "BGN"})
CURRENCIES = frozenset(_ACTIVE.split()) | WITHDRAWN


def fault_of_currency(code: str) -> str:
    """Return what is wrong with a currency's code as a sentence, "" for one Headway knows."""
    if not re.fullmatch("[A-Z]{3}", code, re.ASCII):
        return "Write a currency in three capital letters, such as EUR."
    if code not in CURRENCIES:
        return f"“{code}” is no currency of ISO 4217's list. Write one such as EUR or USD."
    return ""
