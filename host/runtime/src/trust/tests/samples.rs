// SPDX-License-Identifier: Apache-2.0
//! Public keys and what their owners signed: the word `bytes`, with OpenSSL, in the combinations that the libraries at hand do not
//! sign themselves. All base64; the private keys are gone.

use base64_simd::STANDARD;

/// The bytes of a sample.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    STANDARD.decode_to_vec(text).unwrap()
}

/// SubjectPublicKeyInfo of an RSA key of 2048 bits.
pub(super) const RSA_2048: &str = "\
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6kmUL355m9qA2m32Ooi3VpV/N2uLYUhx+p623HCz1rCP\
    JzSduNndNEdrgF+as+M5b/UomMWv3SbEWHC82xJemKKPR2vidqPbrOlBTB9K5d6QrUXHY4UVAyzBoDJnYHqpEGcg\
    3Ia1Vv0VvQ2hsZNVGfe0iNbbMhfO5dZGr60RasOQ0ekfBy7dDU9+g/uaZeuGvh6c5Cn4z9CQQOV/KfuWjE0s9h9j\
    BZBXqOB8yvzjYMrkdfRYcAC+fFUI4o/9rNKCjf3OVcYhQ8ePvrzT9XeweZPvheGUYmy1yd4Bk1ZcVjjrR+0quPLe\
    hn/u+jGNj+K8VXtP29pV1OjWT672WuwpiwIDAQAB";

/// The same of 1024 bits.
pub(super) const RSA_1024: &str = "\
    MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCb4+p/aHkPuQ1EBUmgPpGdPDZBqdoEc7lh0T44QCXxi6Ix3soC\
    AdoALfvtzfph3U3UjGf534ugRsuxj2mrhnComOyIT8qgyhhrH1bj8ZNfxj90LSAiBItMA3eMS+K10O/NzA/10/bD\
    2bkCIAX/D8qWHAxF/xGgPTnAkbgR+FhqtQIDAQAB";

/// The same of 768 bits.
pub(super) const RSA_768: &str = "\
    MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhALCEyxTtuNP/ELcrf531bppLqLAP7LDZEsuUZPBxVhK6PE/Ho4EOeaFm\
    M9JP7Fy2S+LpyohWT6EknoBMr85MYWCJ/qJLePKkS4nyg0SnGvR7fvrjBB00fbNOx92u/PfaPQIDAQAB";

/// SubjectPublicKeyInfo of a key on P-256.
pub(super) const P256: &str = "\
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcnu+8c1xpLUWxUEZV52nJKHwbIvU/VYCYiLt/RUekwUloOX7eRCD\
    dvn8ozrfM7YUtr8cpg5Fg9xM8Un5ZXT0gg==";

/// The same on P-384.
pub(super) const P384: &str = "\
    MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEP5/z2UgU4fTQDDw77/XDa48Zrx6CV+dP7vxUwxrGQUBOuF/zyosFe7EA\
    hH6NDYPI6jcXgSqv+Hjs8JTqdEWpFYhIeE4ywS5u2kFmsBHKWG0a6zZr/nJ1u0pD4SHS7UXr";

/// The same on P-521.
pub(super) const P521: &str = "\
    MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQB6yC5qDHHjdIsPzCWh6V2xVSJzvpfCAYp8n7BLN8+97aT+3CTohdY\
    jpSx+vZgcbLWvXU0Z4bPjA3msWiILA9oHkgBOTCLKi9dn3A3umwamJ+sDj+QtHoa8nnuaTt7sBZpY4FZ9VUiqOzL\
    oDBj4A6mtz8PUU+J0wNj63bqBoFxLtDmmBg=";

/// By the key `P256`, with SHA-256: r and s.
pub(super) const P256_SHA256: &str = "\
    etxsDaUOFTcsKuYSjPdaeL0XMxBvBrplumqdOQF/Q8k8j4zCy5dKKJ6embsZFhx/agkhXbyc7R/HUHBGjaegHg==";

/// By the key `P256`, with SHA-384: r and s.
pub(super) const P256_SHA384: &str = "\
    F05kJLCMlXz+1EbH4PD2laf8KhweAO5cKbOEu8QYmE3ATQX7GqvTEkHAfb4XhHWjuh21YxUKdKpTGlg9v59Ojw==";

/// By the key `P256`, with SHA-512: r and s.
pub(super) const P256_SHA512: &str = "\
    03awxp0o5kQEyQkzHoVOecZRu9VyEnjN70X+mWP1xd/jaAneu+ogGGu/KuxoOkt/QEi6DXG5M0Cngh4mPr88XQ==";

/// By the key `P384`, with SHA-256: r and s.
pub(super) const P384_SHA256: &str = "\
    MH86xOeFd3WUsLGSk3Uud0SzcXA9idCHuXdnpjeF3pj0RuBSord5s3SGRz8PBmXJz7DKGc7gv+ZmOYhsdOPnxQJP\
    JeV+DdW+78HFpKX1RifJ4vnGLyPRMDK3fAPBH7LH";

/// By the key `P384`, with SHA-384: r and s.
pub(super) const P384_SHA384: &str = "\
    UJc+hlCRz4x/sEt4AB08IqCoHnd1nZ4YNvv8CweHYeO+gvBJP8wVdCm+hqo+00x9jIQgDCcrPOHFAygqyIH2bNtx\
    gfHZO9hLSqqnqQdWB4WpIz58VmQFdN2rpViDdT/H";

/// By the key `P384`, with SHA-512: r and s.
pub(super) const P384_SHA512: &str = "\
    thY6UVTeIW8edco3ij6kTJBj9ZIjhgutedULVtqTNLYYsYAtHpvwMJdKDLh6ibNp43obyrE26hpUhAAQPL1atq+d\
    RmcTMrKvQWFsZ/rTH9WFbr6ZiLn9IUP72ybFiDyE";

/// By the key `P521`, with SHA-256: r and s.
pub(super) const P521_SHA256: &str = "\
    AP42WzzrHvh1vn9y+j4wqoObB92awbiVgtn6cZ8J4IkaEPzd+P2wovQJcTevBB7xzGafhgcvT7JTfOIfyqqEaPdh\
    Aa70H7RCFdD/u7Kex/RDqTc8LzndOIgg5CHqH2nZmmzul6E8sOo/TDHsSIALvmZVuCkhQ77zMv3S1VlCD9g6neDU";

/// By the key `P521`, with SHA-384: r and s.
pub(super) const P521_SHA384: &str = "\
    AdZjyVJIJIDE8xX0YvY1De9rNEEiJlnCMQgruinyqMr/k4sj0navZdkKiPm5ZhvYJA1liZJrjC50uFmXECCVfw6o\
    AJvfXvN48jHqcn0vmfz4RUgiI1JbIRzmiyEUjHnF8ShCM1IJo7i84GaRhVlVa3JSTOBHfLtH+AwqeQV5PZqXt/WE";

/// By the key `P521`, with SHA-512: r and s.
pub(super) const P521_SHA512: &str = "\
    ACWpPSVRXGtX56AJnkrqBq2ol4GWSBiw5BgpwneidAfr4Gq+spIRQOBVtfGkKCFjUJ72BmX7Srez4z3Tq6KXhvU0\
    AZSfd2uBrRTXRUSPTx0zU2+JtHenM+jGPbo1impkKy0VK5jHRnhI9xWK7/uWOdUcxh+31/SRf5AgUDH+Xnp1bCEj";

/// By the key `RSA_2048`, with SHA-1: PKCS#1 v1.5.
pub(super) const RSA_2048_SHA1: &str = "\
    wBnGWZ31jJ/KNw0XR31YYgtxxJI9BEGffdcj+WHNS0IUcj85rsyI7UaK6bZeHHdJ0VWihsEbr4tDpBBJB9q/KmDY\
    3sdVW7NeRssvJ9KiUThaONIq5Z0W0q3ZMqgXc9N5wqQIHqpAFHzNHhH1tyDtEk9p4VfTtkcrId4rFdG8tLD/wzD8\
    gUh/H8UiXRsZu3cWQfSYovimwDq/w8OEbq0mmd9jorTVltna+kBb0NaAxVXRStFe4dPZkIG8fX4VZi3AxOyEnUaH\
    /uQz9fgGSM6LMxDFrP4XVl+vAP4mBW9QfGS8XZp4jR5fIpuX9SzFPPMpI3NeKa3utXqRyXJZiHFiKg==";

/// By the key `RSA_1024`, with SHA-1: PKCS#1 v1.5.
pub(super) const RSA_1024_SHA1: &str = "\
    P546ubKiWcEtTb7fEudyd7Le4lxvC4jb0SWw47lv/GJPCuKCAdpzgSTk64TEmJg34X0gwCqjRExruvR+81CHgAMT\
    JFwjDLs0HU7XHHSB5mip6fOpz5K1O/iSQ1iAZgjdKy8FTS8yT0xEej/RJSlI57VKiP3/54Wgj6vElqZ7rIU=";

/// By the key `RSA_1024`, with SHA-256: PKCS#1 v1.5.
pub(super) const RSA_1024_SHA256: &str = "\
    jk6ta6zZBeUFOSadkn25QkbaZUvrZu9Nn0494EOfc0iNDzVKYQRuq/yr0+YMyTE9dw7pgtZmRxpjWQIz3Rdogbw9\
    2N3vugG/5mXv+mQKSmaZuzqZU5JNgUhxvZbdgytDPgkPZh+hydwhv+eB3l3C6SwMG7/ycCqP3Zwi28w/Swk=";

/// By the key `RSA_1024`, with SHA-384: PKCS#1 v1.5.
pub(super) const RSA_1024_SHA384: &str = "\
    LJPIND3Z1ya4Zr7O2sRqvSMcLZt9oxGTWFjAtThDKekHGbu0zeFvkmRxB/RfEQJQMJ49EKDuBA9dxQdS8wA8Repd\
    AWhQM1IYKrQp3zkBY+PsENVl366FRdHG/7fGczyb6AMZ/lKBcSm2C2yyJ46AzbpNXxlwQYZznkWKTKKu6HQ=";

/// By the key `RSA_1024`, with SHA-512: PKCS#1 v1.5.
pub(super) const RSA_1024_SHA512: &str = "\
    UR71N9gBz80bmlyw04i265a+GAlmykiXgyZu+s9tMAik9Rcz6S8ag4eKs+fik5tmYGXvYpyvoN8ZAtIpY0hFgXy6\
    wo9iJqwfcilaQDCnu6BsHHe3Tj/mA5mN4Ab1BFQt1IGBcgmTgQRarq9hp6nOE7ukB5vHuAiZSH2snYQcxxs=";

/// By the key `RSA_768`, with SHA-256: PKCS#1 v1.5.
pub(super) const RSA_768_SHA256: &str = "\
    nfmMgq1Ejs44CKVSezFT9mKz+oKOmnZA5jHftUiBkpNTM9o412iPeh8Eg1HqhZVi6L5VWe97kPFDH7LwHz44gWpb\
    MS4AKrTo4kIOC4UhDhqZJbr7Blt6n3su/BwlMyee";

/// By the key `RSA_1024`, with SHA-256: PSS.
pub(super) const RSA_1024_PSS_SHA256: &str = "\
    AnxhRmXBYKAqneJw/Zo1HDWQvZg5re6yEE+gesv338OJMHolJpxNE8q9QP28MXzOD+wKCpHY9ojD4tzoRDXjbs0V\
    yq4cezSknxMC7JlStFWtJYVCJiYGG0RAxZ9K4OtMcbJzt2Odybq58JiiGrw2CYdWtgUtDh09LF6lapU3Ix8=";

/// A certificate of version 1 for the key `P256`, in the name of `Old signer`, serial number F0F1.
pub(super) const VERSION_1: &str = "\
    MIIBEzCBugIDAPDxMAoGCCqGSM49BAMCMBUxEzARBgNVBAMMCk9sZCBzaWduZXIwHhcNMjYxMTIyMDEzNjU4WhcN\
    MzYxMTE5MDEzNjU4WjAVMRMwEQYDVQQDDApPbGQgc2lnbmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEcnu+\
    8c1xpLUWxUEZV52nJKHwbIvU/VYCYiLt/RUekwUloOX7eRCDdvn8ozrfM7YUtr8cpg5Fg9xM8Un5ZXT0gjAKBggq\
    hkjOPQQDAgNIADBFAiAOl+29SJva77qyJ99qcAvMToxvBqlmTVFiXOShTG6pkgIhAKX+KADN0o+JRxEaFRf4+zKD\
    J+H9fdR6nz4jMmpiBxr7";

/// The root of an authority, of version 1, on P-256, in the name of `Old root`, from December 2026 to 2046.
pub(super) const ROOT_OF_VERSION_1: &str = "\
    MIIBIDCBxwIUQIlg/h0lFyvOmmgtFS9gJHTK54EwCgYIKoZIzj0EAwIwEzERMA8GA1UEAwwIT2xkIHJvb3QwHhcN\
    MjYxMjAxMDIzMTU5WhcNNDYxMTI2MDIzMTU5WjATMREwDwYDVQQDDAhPbGQgcm9vdDBZMBMGByqGSM49AgEGCCqG\
    SM49AwEHA0IABAaMfBNFhl72voRKDWKisJ6Jb9nkQqgfK0cqAE+AGljPl6ryfbGI9YTmBccMsXAtUKWxl1SI3vNs\
    GGnfYN4lotMwCgYIKoZIzj0EAwIDSAAwRQIgG3Y12wt+B306NZamEt/cOHOay5afFD7T+H/Kj1rmJL4CIQDFnYXp\
    KEjzXY2HtSdEmSyXlEXfYago7YAjl4ccnRjq+g==";

/// What that authority has issued, in the name of `below an old root`, until August 2046.
pub(super) const BELOW_VERSION_1: &str = "\
    MIIBtDCCAVmgAwIBAgIBBzAKBggqhkjOPQQDAjATMREwDwYDVQQDDAhPbGQgcm9vdDAeFw0yNjEyMDEwMjMxNTla\
    Fw00NjA4MTgwMjMxNTlaMBwxGjAYBgNVBAMMEWJlbG93IGFuIG9sZCByb290MFkwEwYHKoZIzj0CAQYIKoZIzj0D\
    AQcDQgAEmhMOA6oifxDZCfIEGMWO/Ih3admacq941hhrLz/ZPswYgR+Om82RaDvgpay9qRsiobEsMb49ZYI8hStN\
    n1rO3aOBlDCBkTAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDAYBgNVHREEETAPgg1iZWxvdy5leGFtcGxl\
    MB0GA1UdDgQWBBSKT5e8VaHfyTLGqcIhFEDPO6UluzA4BgNVHSMEMTAvoRekFTATMREwDwYDVQQDDAhPbGQgcm9v\
    dIIUQIlg/h0lFyvOmmgtFS9gJHTK54EwCgYIKoZIzj0EAwIDSQAwRgIhANmYqta59YtQQ3a56Ia4B/JsFcPRWCWU\
    gpTIQqfagTygAiEA2ONoh0zRjReDIV6i9N+0rd1RGnjmZ8Jf8icPg2eVv2g=";

/// The certificate of an authority whose key is for RSASSA-PSS alone, in the name of `PSS authority`, from November 2026 to 2046.
pub(super) const PSS_AUTHORITY: &str = "\
    MIIDhzCCAjugAwIBAgIUbhm4/zykwAOempyQOPPy7t3Z0lUwQQYJKoZIhvcNAQEKMDSgDzANBglghkgBZQMEAgEF\
    AKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEgMBgxFjAUBgNVBAMMDVBTUyBhdXRob3JpdHkwHhcN\
    MjYxMTI5MTcxMDMzWhcNNDYxMTI0MTcxMDMzWjAYMRYwFAYDVQQDDA1QU1MgYXV0aG9yaXR5MIIBIDALBgkqhkiG\
    9w0BAQoDggEPADCCAQoCggEBANZH1UGW4SOURFVpnbI1ClFWBA/WyZg+ki3om8c1keuSEGdJjEsK3EOijiGtLaQ8\
    11Re0AOYVtKksD/2Z8KQGdlyHe6/k+wMHEMCYUBGb0PnZBhQ+XafdyoA/oHmKYJeXFPVR6sAfp5lGYOAJm0WlJbg\
    Jk04BCkSifF5ju7x5KkDuvlzE9uWA7qLNht7SIQZZ9iCaDLiCuTfRpYFYvOy2iYs9F8kdd03SHkRm2/t9AfomVS2\
    ETVm4AXkNCVVf3Fbe2yTW88kUvlx/+4npfAV8RoVIWTupcswMChhfwpVocL3u4w0JPK5PsZBEDKEdKrFRsMBnbaR\
    FwfhqfpJpB3O3pkCAwEAAaNjMGEwHQYDVR0OBBYEFBLB+4FpqA/umADpw5sWR0j+7LRRMB8GA1UdIwQYMBaAFBLB\
    +4FpqA/umADpw5sWR0j+7LRRMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMEEGCSqGSIb3DQEBCjA0\
    oA8wDQYJYIZIAWUDBAIBBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAIBBQCiAwIBIAOCAQEAIf3MYCbagXrk\
    D4rAzMw3X90vmYxShsQQ9IDOjFXHn/75kuheulZUqmO+e0nYVDBQz8D7b1Y98OC2bqCiMhdx3WNL5McfiLoycjzk\
    gVZ1/FEaMUoyKIqi7Qy5iifctS2Tw/2PimuPIameRMiXRg7VZlXNifPsb59wUtWSox4F5QPwc6SgaPWoeb7GU8uJ\
    BmussGMSyU0w3BPOSr5FSi611rvDm35KNg5vDUocG8JHUWYG+IGOcH9i8O1D12oxKE2AFkRAGUspMjWNVZZwaj3C\
    Qco5TLKPetoq2x5OKl+xb7JfMx93Y1Lwt4g1aZtVT1AlFHdJuC5HwiTz/78+AJ2uyg==";

/// A certificate that it issued with SHA-256, in the name of `Test signer`.
pub(super) const PSS_ISSUED: &str = "\
    MIIClTCCAUmgAwIBAgIBBzBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0G\
    CWCGSAFlAwQCAQUAogMCASAwGDEWMBQGA1UEAwwNUFNTIGF1dGhvcml0eTAeFw0yNjExMjkxNzExNTBaFw00NjEx\
    MjQxNzExNTBaMBYxFDASBgNVBAMMC1Rlc3Qgc2lnbmVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAErVcyY5Kv\
    9owBdObFiU/Y28RV4P2VVZdNEYe3wOZAzEXCQAvNQXVdRHDe1y6kSw+cdvbN8KnQofetf0IxiHQJQaNPME0wCwYD\
    VR0PBAQDAgeAMB0GA1UdDgQWBBQRFof/5FCGgEBRUVCNaMRtYpGAEzAfBgNVHSMEGDAWgBQSwfuBaagP7pgA6cOb\
    FkdI/uy0UTBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZIhvcNAQEIMA0GCWCGSAFlAwQC\
    AQUAogMCASADggEBAFt/4Ap9IbeJuzuHSgiu6tVFfvbzxV4hoCTeAnEvNhA7ze8vBB5uGbtfFLXRAYF+OEO3bOxY\
    nzIvSUKAhsW+hc5S6vvRG59+a+ZaxOM//jeU9eRS/lRSRUNGheJqCMRxUbXHULmfw5ynhtQoSOpLbBbshAX8gDtI\
    hSStaOeN7/kHXEvwYWf7MHhqLtvk46C+Q/uxOWAOazTTq0HZCLsX2bNrZdhOj4DO7qm3vSzZguSE20IhDw8L3VkJ\
    r1awZulHzIQyZ5P7QeSSdEizgeB6kp/1ChbGOdOVddIo4DUV4lmjKk+HG98ujIXYd6cfOHdBgAf+WOUFlt1Xe8UH\
    YPE3A7E=";
