class Entralogin < Formula
  desc "Microsoft Entra ID tokens for kubectl, git and others, signed in once"
  homepage "https://github.com/entralogin/entralogin"
  version "@VERSION@"
  license "MIT"

  on_macos do
    on_arm do
      url "@URL@/entralogin-darwin-arm64.tar.gz"
      sha256 "@SHA256:entralogin-darwin-arm64.tar.gz@"
    end
    on_intel do
      url "@URL@/entralogin-darwin-amd64.tar.gz"
      sha256 "@SHA256:entralogin-darwin-amd64.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "@URL@/entralogin-linux-arm64.tar.gz"
      sha256 "@SHA256:entralogin-linux-arm64.tar.gz@"
    end
    on_intel do
      url "@URL@/entralogin-linux-amd64.tar.gz"
      sha256 "@SHA256:entralogin-linux-amd64.tar.gz@"
    end
  end

  def install
    bin.install "entralogin"
    bin.install_symlink "entralogin" => "git-credential-entralogin"
    bin.install_symlink "entralogin" => "docker-credential-entralogin"
    man1.install Dir["man/*.1"]
    man1.install_symlink "entralogin-git-credential.1" => "git-credential-entralogin.1"
    man1.install_symlink "entralogin-docker-credential.1" => "docker-credential-entralogin.1"
    generate_completions_from_executable(bin/"entralogin", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_match "v#{version}", shell_output("#{bin}/entralogin version")
  end
end
