//! Whose a database file is: one process's at a time.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::{Error, Result};
use crate::file::unusable;

/// Held while a process uses a database file. The operating system gives it back when the process ends, however it ends.
pub(crate) struct Hold(File);

impl Hold {
    /// Takes the lock on `<file>.lock`, or says that another process has it.
    pub(crate) fn take(database: &Path) -> Result<Self> {
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(database.with_added_extension("lock"))
            .map_err(|error| unusable(database, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self(lock)),
            Err(TryLockError::WouldBlock) => Err(Error::InUse {
                path: database.display().to_string(),
            }),
            Err(TryLockError::Error(error)) => Err(unusable(database, error)),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Closing the file is not enough: a program that another thread is just starting has it open too until it runs.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_given_back_even_while_a_starting_program_has_a_copy_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("sendero.db");
        let hold = Hold::take(&database).unwrap();
        assert!(matches!(Hold::take(&database), Err(Error::InUse { .. })));
        let copy = hold.0.try_clone().unwrap();
        drop(hold);
        assert!(Hold::take(&database).is_ok());
        drop(copy);
    }
}
