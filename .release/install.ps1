<#
.SYNOPSIS
Installs entralogin from a release, on Windows.

.DESCRIPTION
    irm https://github.com/entralogin/entralogin/releases/latest/download/install.ps1 | iex
    & ([scriptblock]::Create((irm .../install.ps1))) -Dir C:\Tools

What install.sh does, in the same steps: fixed addresses and no API, the SHA-256 sum, the attestation where gh or cosign
is there, one file of the archive, and a move into place. The PATH is not changed. Its lines go to standard error.

NOT RUN: nobody has run this script yet. A grammar of PowerShell takes it, which is all that could be checked.
#>
param(
    [string] $Dir = '',
    [string] $Version = '',
    [string] $From = '',
    [ValidateSet('auto', 'always', 'never')] [string] $Attestation = 'auto',
    [switch] $NoLink
)

# A function, so that nothing of it stays in the session of a person who pipes it into iex. It throws and never calls
# exit, which would close that person's window.
function Install-Entralogin {
    param([string] $Dir, [string] $Version, [string] $From, [string] $Attestation, [bool] $Link)

    Set-StrictMode -Version 2
    $ErrorActionPreference = 'Stop'
    $ProgressPreference = 'SilentlyContinue' # Windows PowerShell downloads many times slower with it
    $repository = 'https://github.com/entralogin/entralogin'
    $released = '@VERSION@' # as .release/build fills it in
    $isVersion = '^[0-9][0-9A-Za-z.+-]*$'

    function Say([string] $Words) { [Console]::Error.WriteLine("entralogin: $Words") }

    function Get-Asset([string] $Name) {
        $file = Join-Path $temp $Name
        $answer = Invoke-WebRequest -UseBasicParsing -Uri "$From/$Name" -OutFile $file -PassThru
        $reached = $answer.BaseResponse
        if ($reached -is [Net.HttpWebResponse]) { $uri = $reached.ResponseUri } else { $uri = $reached.RequestMessage.RequestUri }
        if ($From -like 'https:*' -and $uri.Scheme -ne 'https') { throw "entralogin: $From/$Name leads to an address without https." }
        $file
    }

    function Find-Verifier {
        foreach ($name in 'gh', 'cosign') {
            if (-not (Get-Command $name -CommandType Application -ErrorAction SilentlyContinue)) { continue }
            if ($name -eq 'gh' -and (gh attestation verify --help | Out-String) -match '--bundle') { return 'gh' }
            if ($name -eq 'cosign' -and (cosign verify-blob-attestation --help | Out-String) -match '--trusted-root') { return 'cosign' }
        }
        ''
    }

    function Confirm-Attestation([string] $Archive) {
        if ($Attestation -eq 'never') { return }
        $by = Find-Verifier
        if (-not $by) {
            if ($Attestation -eq 'always') { throw 'entralogin: Neither gh nor cosign is here, or too old, to check the attestation.' }
            Say 'Who built it was not checked, for want of gh or cosign: entralogin help verify'
            return
        }
        $bundle = Get-Asset 'attestation.json'
        $identity = "$repository/.github/workflows/release.yml@refs/tags/v$Version"
        if ($by -eq 'gh') {
            gh attestation verify --repo entralogin/entralogin --cert-identity $identity --bundle $bundle $Archive | Out-Null
        } else {
            $format = @()
            if ((cosign verify-blob-attestation --help | Out-String) -match '--new-bundle-format') { $format = @('--new-bundle-format') }
            cosign verify-blob-attestation --type slsaprovenance1 --certificate-identity $identity `
                --certificate-oidc-issuer https://token.actions.githubusercontent.com @format --bundle $bundle $Archive | Out-Null
        }
        if ($LASTEXITCODE -ne 0) { throw "entralogin: $by does not accept the attestation. Nothing was installed." }
        Say "Its attestation is right: built by the release workflow for v$Version ($by)."
    }

    # One file of the archive, under a name of ours.
    function Expand-Program([string] $Archive, [string] $Entry) {
        Add-Type -AssemblyName System.IO.Compression.FileSystem
        $program = Join-Path $temp 'entralogin.exe'
        $zip = [IO.Compression.ZipFile]::OpenRead($Archive)
        try {
            $found = $zip.GetEntry($Entry)
            if (-not $found) { throw "entralogin: The archive has no $Entry. Nothing was installed." }
            [IO.Compression.ZipFileExtensions]::ExtractToFile($found, $program, $true)
        } finally {
            $zip.Dispose()
        }
        & $program version | Out-Null
        if ($LASTEXITCODE -ne 0) { throw 'entralogin: The program does not run here. Nothing was installed.' }
        $program
    }

    # A program that runs can't be replaced, but it can be renamed; what is left of it goes at the next installation.
    function Move-IntoPlace([string] $File, [string] $Target) {
        if (Test-Path -LiteralPath $Target) {
            Get-ChildItem -Path "$Target.old-*" | Remove-Item -ErrorAction SilentlyContinue
            $old = "$Target.old-$PID"
            Move-Item -LiteralPath $Target -Destination $old
            try {
                Move-Item -LiteralPath $File -Destination $Target
            } catch {
                Move-Item -LiteralPath $old -Destination $Target
                throw
            }
            Remove-Item -LiteralPath $old -ErrorAction SilentlyContinue
        } else {
            Move-Item -LiteralPath $File -Destination $Target
        }
    }

    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $Version = $Version -replace '^v', ''
    if ($Version -and $Version -notmatch $isVersion) { throw 'entralogin: That is not a version: give one such as 1.2.3.' }
    if ($From -and $From -notmatch '^https?://') { throw 'entralogin: -From takes an address that begins with https://.' }
    switch ($env:PROCESSOR_ARCHITEW6432, $env:PROCESSOR_ARCHITECTURE | Where-Object { $_ } | Select-Object -First 1) {
        'AMD64' { $machine = 'amd64' }
        'ARM64' { $machine = 'arm64' }
        default { throw "entralogin: There is no release for Windows on $_." }
    }
    if (-not $Dir) { $Dir = Join-Path $env:LOCALAPPDATA 'Programs\entralogin' }
    New-Item -ItemType Directory -Force -Path $Dir | Out-Null
    $temp = Join-Path $Dir (".entralogin." + [IO.Path]::GetRandomFileName())
    New-Item -ItemType Directory -Path $temp | Out-Null
    try {
        if ($released -match $isVersion -and -not $Version -and -not $From) { $Version = $released }
        if ($From -or -not $Version) {
            $wanted = $Version
            $mirror = $From.TrimEnd('/')
            $From = $mirror
            if (-not $From) { $From = "$repository/releases/latest/download" }
            $Version = (Get-Content -LiteralPath (Get-Asset 'version.txt') -TotalCount 1)
            if ($Version -notmatch $isVersion) { throw "entralogin: $From/version.txt holds no version." }
            if ($wanted -and $wanted -ne $Version) { throw "entralogin: $From has version $Version and not $wanted." }
        } else {
            $mirror = ''
        }
        if (-not $mirror) { $From = "$repository/releases/download/v$Version" }

        $name = "entralogin-windows-$machine"
        $sums = @(Get-Content -LiteralPath (Get-Asset 'checksums.txt') | Where-Object { $_ -match "^[0-9a-f]{64} [ *]$name\.zip`$" })
        if ($sums.Count -ne 1) { throw "entralogin: $From/checksums.txt does not name $name.zip once." }
        Say "Downloading $From/$name.zip"
        $archive = Get-Asset "$name.zip"
        if ((Get-FileHash -Algorithm SHA256 -LiteralPath $archive).Hash -ne $sums[0].Substring(0, 64)) {
            throw "entralogin: The SHA-256 sum of $name.zip is wrong: it is damaged or not the release's. Nothing was installed."
        }
        Say "The SHA-256 sum of $name.zip is right."
        Confirm-Attestation $archive
        $program = Expand-Program $archive "$name/entralogin.exe"
        $callers = 'git', 'docker'
        foreach ($caller in $callers) {
            Copy-Item -LiteralPath $program -Destination (Join-Path $temp "$caller-credential-entralogin.exe")
        }
        Move-IntoPlace $program (Join-Path $Dir 'entralogin.exe')
        Say "Installed $Dir\entralogin.exe, version $Version."
        if ($Link) {
            foreach ($caller in $callers) {
                $helper = "$caller-credential-entralogin.exe"
                Move-IntoPlace (Join-Path $temp $helper) (Join-Path $Dir $helper)
                Say "Copied it to $helper beside it, for $caller."
            }
        }
    } finally {
        Remove-Item -LiteralPath $temp -Recurse -Force -ErrorAction SilentlyContinue
    }
    if (($env:Path -split ';') -notcontains $Dir) {
        Say 'That folder is not on your PATH. To add it for you alone, and then open a new window:'
        Say "  [Environment]::SetEnvironmentVariable('Path', [Environment]::GetEnvironmentVariable('Path', 'User') + ';$Dir', 'User')"
    }
    Say 'Next: entralogin init'
}

Install-Entralogin -Dir $Dir -Version $Version -From $From -Attestation $Attestation -Link (-not $NoLink)
