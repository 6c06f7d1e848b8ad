//! Where a storage is and who signs: the arguments of every command that asks one.

use clap::ValueEnum;

/// Where the storage is, and who signs.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Storage")]
pub(crate) struct Storage {
    /// Address of the storage; AWS if nothing says otherwise
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Region of the bucket
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// How the bucket is addressed; by default `virtual-host` at AWS, but `path` for a bucket
    /// with a dot in its name, and `path` elsewhere
    #[arg(long, value_enum)]
    pub(crate) addressing: Option<AddressingArg>,
    /// Profile of AWS's shared files to take the keys from
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Access key to sign with; its secret comes from the environment or AWS's shared files
    #[arg(long, value_name = "KEY", conflicts_with = "profile")]
    pub(crate) access_key: Option<String>,
    /// Session token, for temporary keys
    #[arg(long, value_name = "TOKEN")]
    pub(crate) session_token: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AddressingArg {
    /// `https://host/bucket/key`
    Path,
    /// `https://bucket.host/key`
    #[value(alias = "virtualHost")]
    VirtualHost,
}
