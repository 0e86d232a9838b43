// SPDX-License-Identifier: Apache-2.0
//! What the pages are set up with.

use std::{net::SocketAddr, sync::Arc};

use silta::Agency;

use super::certificates::Certificates;
use crate::{generations::Deployer, inbound::IpNetwork};

/// What the operator's pages show, and to whom.
#[derive(Clone)]
pub struct PageSetup {
    /// All agencies, whether they are called or not.
    pub agencies: Vec<(String, Agency)>,
    /// What runs out; whoever reads the files keeps it up to date.
    pub certificates: Certificates,
    /// Names by which the pages may be asked for, beside `localhost`, loopback addresses and the address that a connection comes to. A page of somebody
    /// else's whose name leads here (DNS rebinding) would read them otherwise.
    pub hosts: Vec<String>,
    /// Whether operations may be resumed, cancelled and replayed there. Default in configurations: no, since the address has no login.
    pub actions: bool,
    /// Who a proxy with a login says that somebody is.
    pub user: Option<UserField>,
    /// Who rolls back where `actions` is set; `None` where that cannot be done here.
    pub deployer: Option<Arc<dyn Deployer>>,
    /// Pages that keep themselves up to date at once; further ones are told 503 and stay as they are.
    pub live_streams: u32,
}

/// The field in which a proxy with a login names who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserField {
    /// Its name, in lower case.
    pub name: String,
    /// Where the proxies connect from. From elsewhere nobody may decide anything.
    pub proxies: Vec<IpNetwork>,
}

/// Why pages are not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongPage {
    /// Whoever reaches the address could decide.
    #[error(
        "with `actions`, everybody who reaches {address} could resume, cancel and replay operations, and that is no address of this machine alone; listen at 127.0.0.1 or [::1], or put a proxy with a login before it and name `user-field` and `proxies`"
    )]
    ActionsForEverybody {
        /// The address as configured.
        address: SocketAddr,
    },
    /// Anybody could name a user.
    #[error(
        "`user-field` is believed of proxies only, and none is named; name their addresses in `proxies`"
    )]
    NoProxies,
    /// Forms could be forged.
    #[error("the system gives no random bytes, which the forms of the operator's page need")]
    NoRandomness,
}

impl PageSetup {
    /// Whether it may be served at an address.
    ///
    /// # Errors
    /// See [`WrongPage`].
    pub fn check(&self, address: SocketAddr) -> Result<(), WrongPage> {
        check(address, self.actions, self.user.as_ref())
    }
}

fn check(address: SocketAddr, actions: bool, user: Option<&UserField>) -> Result<(), WrongPage> {
    if user.is_some_and(|user| user.proxies.is_empty()) {
        return Err(WrongPage::NoProxies);
    }
    let is_own = address.ip().to_canonical().is_loopback();
    match actions && !is_own && user.is_none() {
        true => Err(WrongPage::ActionsForEverybody { address }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_decide_is_on_this_machine_or_behind_a_login() {
        let own: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let open: SocketAddr = "0.0.0.0:1".parse().unwrap();
        let user = |proxies: &[&str]| UserField {
            name: "x-user".into(),
            proxies: proxies.iter().map(|text| text.parse().unwrap()).collect(),
        };
        let named = user(&["192.0.2.1"]);
        assert_eq!(check(own, true, None), Ok(()));
        assert_eq!(check(open, false, None), Ok(()));
        assert_eq!(check(open, true, Some(&named)), Ok(()));
        let everybody = WrongPage::ActionsForEverybody { address: open };
        assert_eq!(check(open, true, None), Err(everybody));
        assert_eq!(
            check(own, true, Some(&user(&[]))),
            Err(WrongPage::NoProxies)
        );
    }
}
