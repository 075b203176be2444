//! A slab with generations: small stable ids for things that come and go millions of times, without allocation.
//!
//! An id that outlives its thing is recognised as stale (queues and rings of time-outs keep such ids rather than searching and
//! removing). Freed slots are reused last-in first-out, which keeps the hot ones in the processor's cache.

/// Id of a thing in a [`Slab`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    /// Its slot.
    pub(crate) slot: u32,
    /// How often the slot had been freed when the thing was put in.
    pub(crate) generation: u32,
}

impl Id {
    /// Both halves in one word, as a tag or for the digest.
    pub(crate) fn as_u64(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.slot)
    }
}

/// Things by id.
#[derive(Clone, Debug)]
pub(crate) struct Slab<T> {
    items: Vec<T>,
    /// Odd while the slot is taken.
    generations: Vec<u32>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(crate) fn with_capacity(capacity: usize) -> Slab<T> {
        Slab {
            items: Vec::with_capacity(capacity),
            generations: Vec::with_capacity(capacity),
            free: Vec::new(),
        }
    }

    /// Things in it.
    pub(crate) fn len(&self) -> usize {
        self.items.len() - self.free.len()
    }

    #[inline]
    pub(crate) fn insert(&mut self, item: T) -> Id {
        if let Some(slot) = self.free.pop() {
            let index = slot as usize;
            self.items[index] = item;
            self.generations[index] += 1;
            return Id { slot, generation: self.generations[index] };
        }
        self.items.push(item);
        self.generations.push(1);
        Id { slot: (self.items.len() - 1) as u32, generation: 1 }
    }

    /// Frees the slot; `false` when the id is stale.
    #[inline]
    pub(crate) fn remove(&mut self, id: Id) -> bool {
        if !self.contains(id) {
            return false;
        }
        self.generations[id.slot as usize] = self.generations[id.slot as usize].wrapping_add(1);
        self.free.push(id.slot);
        true
    }

    #[inline]
    pub(crate) fn contains(&self, id: Id) -> bool {
        self.generations[id.slot as usize] == id.generation
    }

    /// The id of what is in a slot.
    #[inline]
    pub(crate) fn id(&self, slot: u32) -> Id {
        Id { slot, generation: self.generations[slot as usize] }
    }

    /// What is in the slot of an id, whether or not it is that.
    #[inline]
    pub(crate) fn peek(&self, id: Id) -> &T {
        &self.items[id.slot as usize]
    }

    #[inline]
    pub(crate) fn get(&self, id: Id) -> Option<&T> {
        self.contains(id).then(|| &self.items[id.slot as usize])
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: Id) -> Option<&mut T> {
        if self.contains(id) { Some(&mut self.items[id.slot as usize]) } else { None }
    }

    /// Everything in it, in the order of slots.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Id, &T)> {
        self.items
            .iter()
            .zip(&self.generations)
            .enumerate()
            .filter(|(_, (_, generation))| **generation % 2 == 1)
            .map(|(slot, (item, &generation))| (Id { slot: slot as u32, generation }, item))
    }
}

impl<T> std::ops::Index<Id> for Slab<T> {
    type Output = T;
    #[inline]
    fn index(&self, id: Id) -> &T {
        debug_assert_eq!(self.generations[id.slot as usize], id.generation, "a live id is asked for");
        &self.items[id.slot as usize]
    }
}

impl<T> std::ops::IndexMut<Id> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, id: Id) -> &mut T {
        debug_assert_eq!(self.generations[id.slot as usize], id.generation, "a live id is asked for");
        &mut self.items[id.slot as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_id_is_recognised_after_its_slot_was_reused() {
        let mut slab = Slab::with_capacity(1);
        let first = slab.insert('a');
        assert!(slab.remove(first));
        let second = slab.insert('b');
        assert_eq!(first.slot, second.slot);
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.get(second), Some(&'b'));
        assert!(!slab.remove(first));
        assert_eq!(slab.len(), 1);
    }
}
