import { useEffect, useState } from 'react'

const settledMs = 200

/** What is typed, once it stands: of a hundred thousand rows a search takes its time, and is asked for by the word, not by the letter. */
export function useSettled(typed: string): string {
  const [settled, setSettled] = useState(typed)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), settledMs)
    return () => clearTimeout(timer)
  }, [typed])
  return settled
}
