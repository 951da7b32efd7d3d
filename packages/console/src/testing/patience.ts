import { configure } from '@testing-library/react'

// A page's code is loaded when it is first shown, which takes seconds where the machine has other things to do.
configure({ asyncUtilTimeout: 30_000 })
