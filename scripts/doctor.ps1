# Says which of the tools that the course needs are on this Windows machine, and how to get those that are missing. It
# changes nothing, and asks no network.
#
#   powershell -ExecutionPolicy Bypass -File scripts\doctor.ps1
#
# The programs need Rust and its linker; the parts by hand are done within WSL, where scripts/doctor.sh looks at the rest.
# The exit status is 0 if everything works, and 1 if not; what is for reading only is optional.
$rust_wanted = '1.88'
$rustlings_wanted = '6.5'
$mdbook_wanted = '0.5'
$script:failed = 0
$script:steps = @()

function Write-Finding($state, $name, $what) {
    $line = '  {0,-10}{1,-12}{2}' -f $state, $name, $what
    Write-Output ($line.TrimEnd())
}

function Write-Lack($state, $name, $what, $step, $optional) {
    Write-Finding $state $name $what
    if (-not $optional) { $script:failed = 1 }
    if ($script:steps -notcontains $step) { $script:steps += $step }
}

# For what is good if it runs and is new enough.
function Test-Tool($name, $wanted, $step, $optional) {
    if (-not (Get-Command $name -CommandType Application -ErrorAction SilentlyContinue)) {
        Write-Lack 'missing' $name '' $step $optional
        return
    }
    $line = [string](& $name --version 2>$null | Select-Object -First 1)
    if ($line -notmatch '(\d+\.\d+)(\.\d+)?') {
        Write-Lack 'broken' $name 'it does not run' $step $optional
    } elseif ([version]$Matches[1] -lt [version]$wanted) {
        Write-Lack 'too old' $name "$($Matches[0]); $wanted or newer is needed" $step $optional
    } else {
        Write-Finding 'ok' $name $Matches[0]
    }
}

# What links a program has a linker; Visual Studio's C compiler comes with it.
function Test-Linker {
    $step = 'winget install Microsoft.VisualStudio.2022.BuildTools, and choose "Desktop development with C++"'
    if (-not (Get-Command rustc -CommandType Application -ErrorAction SilentlyContinue)) {
        Write-Lack 'unknown' 'linker' 'it needs rustc to try it' $step
        return
    }
    $folder = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    New-Item -ItemType Directory -Path $folder | Out-Null
    Set-Content -Path (Join-Path $folder 'main.rs') -Value 'fn main() {}'
    & rustc (Join-Path $folder 'main.rs') -o (Join-Path $folder 'main.exe') 2>$null
    $links = $LASTEXITCODE -eq 0
    Remove-Item -Recurse -Force $folder
    if ($links) { Write-Finding 'ok' 'linker' 'it links' } else { Write-Lack 'broken' 'linker' 'rustc cannot link a program' $step }
}

# The systems that are installed in WSL are listed in the registry; asking wsl.exe could begin to install it.
function Test-Wsl {
    if (Get-ChildItem 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Lxss' -ErrorAction SilentlyContinue) {
        Write-Finding 'ok' 'WSL' 'clone the repository within it too, and run scripts/doctor.sh by-hand there'
    } else {
        Write-Lack 'missing' 'WSL' '' 'wsl --install, then restart'
    }
}

Write-Output "Windows $([Environment]::OSVersion.Version)"
Write-Output 'chapters'
$rust = 'winget install Rustlang.Rustup, or: rustup update stable; then open a new terminal'
Test-Tool 'rustc' $rust_wanted $rust
Test-Tool 'cargo' $rust_wanted $rust
Test-Linker
Write-Output 'by hand'
Test-Wsl
Write-Output 'workshop'
Test-Tool 'rustlings' $rustlings_wanted 'cargo install rustlings --version 6.5.0 --locked'
Write-Output 'reading (optional)'
Test-Tool 'mdbook' $mdbook_wanted 'cargo install mdbook --version 0.5.4 --locked      (optional)' $true

if ($script:steps) {
    Write-Output ''
    Write-Output 'What to do:'
    $script:steps | ForEach-Object { Write-Output "  $_" }
} else {
    Write-Output 'Everything is here.'
}
exit $script:failed
